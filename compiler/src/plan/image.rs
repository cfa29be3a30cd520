//! The data image: what all active data segments leave in the linear memories, applied now, as
//! runs of whole pages that the runtime moves into place.

use crate::module::{Module, SegmentKind, page_log2};
use kiln_abi::layout::{HOST_PAGE, ImageChunk};
use kiln_abi::trap::TrapKind;
use std::collections::BTreeMap;

/// Zero pages between two runs up to this many are cheaper in the file than a further chunk at
/// start-up is (a system call each).
const GAP_PAGES: u64 = 8;

const PAGE: usize = HOST_PAGE as usize;

/// Initial contents of the linear memories.
#[derive(Default)]
pub(crate) struct DataImage {
    /// The chunks' bytes, one after the other.
    pub bytes: Vec<u8>,
    /// Where they go.
    pub chunks: Vec<ImageChunk>,
    /// A segment does not fit its memory.
    pub trap: Option<TrapKind>,
}

type Pages = BTreeMap<u64, Box<[u8; PAGE]>>;

impl DataImage {
    /// Applies the active segments, in order, up to the first that does not fit.
    pub fn build(module: &Module) -> Self {
        let mut image = Self::default();
        let mut memories: Vec<Pages> = module.memories.iter().map(|_| Pages::new()).collect();
        for segment in &module.data {
            let SegmentKind::Active { index, offset } = segment.kind else {
                continue;
            };
            let ty = &module.memories[index as usize];
            let len = ty.initial << page_log2(ty);
            let end = offset.checked_add(segment.bytes.len() as u64);
            if end.is_none_or(|end| end > len) {
                image.trap = Some(TrapKind::MemoryOutOfBounds);
                break;
            }
            write(&mut memories[index as usize], offset, segment.bytes);
        }
        for (pages, memory) in memories.into_iter().zip(0..) {
            image.add(memory, pages);
        }
        image
    }

    fn add(&mut self, memory: u64, pages: Pages) {
        let mut last_page = None;
        for (page, bytes) in pages {
            if bytes.iter().all(|byte| *byte == 0) {
                continue;
            }
            let gap = last_page.map(|last| page - last - 1);
            match (gap, self.chunks.last_mut()) {
                (Some(gap), Some(chunk)) if gap <= GAP_PAGES => {
                    self.bytes.resize(self.bytes.len() + gap as usize * PAGE, 0);
                    chunk.len += (gap + 1) * HOST_PAGE;
                }
                _ => self.chunks.push(ImageChunk {
                    memory,
                    offset: page * HOST_PAGE,
                    source: self.bytes.len() as u64,
                    len: HOST_PAGE,
                }),
            }
            self.bytes.extend_from_slice(&*bytes);
            last_page = Some(page);
        }
    }
}

fn write(pages: &mut Pages, mut offset: u64, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let within = (offset % HOST_PAGE) as usize;
        let (now, rest) = bytes.split_at(bytes.len().min(PAGE - within));
        // Zeros need a page only where an earlier segment has written one.
        let page = offset / HOST_PAGE;
        if pages.contains_key(&page) || now.iter().any(|byte| *byte != 0) {
            let page = pages.entry(page).or_insert_with(|| Box::new([0; PAGE]));
            page[within..within + now.len()].copy_from_slice(now);
        }
        offset += now.len() as u64;
        bytes = rest;
    }
}

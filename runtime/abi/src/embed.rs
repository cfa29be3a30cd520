//! The file trees baked into a program ([`crate::symbols::EMBEDDED`]): one image of directories,
//! files and symbolic links with all their bytes.
//!
//! ```text
//! header   offset of the nodes, number of nodes
//! bytes    of names, files and links' targets
//! nodes    NODE_LEN bytes each
//! ```
//!
//! Numbers are 32 bits, little-endian; offsets count from the image's start. The children of a
//! directory are neighbours among the nodes, sorted by name as bytes, so a name is found by binary
//! search and a listing is a run. The first nodes are the roots of the trees, in the order of the
//! [`crate::config::Entry::Embedded`]s; a root is its own parent.

use core::cmp::Ordering;
use core::ops::Range;

/// Most bytes of an image: what code reaches across by a 32-bit displacement, with room for the
/// rest of the program.
pub const IMAGE_MAX: u64 = 1 << 30;

#[cfg(feature = "alloc")]
const HEADER_LEN: usize = 8;
const NODE_LEN: usize = 32;

const DIRECTORY: u32 = 1;
const FILE: u32 = 2;
const LINK: u32 = 3;

/// An image. What it holds is believed no further than its bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a>(pub &'a [u8]);

/// A directory, a file or a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its name in its directory; empty for a root.
    pub name: &'a [u8],
    /// The number of its directory.
    pub parent: u32,
    /// When it was last modified, in nanoseconds since 1970.
    pub time: u64,
    /// Its kind.
    pub kind: NodeKind<'a>,
}

/// The kind of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind<'a> {
    /// A directory, with the numbers of its children.
    Directory(Range<u32>),
    /// A file, with its contents.
    File(&'a [u8]),
    /// A symbolic link, with its target.
    Link(&'a [u8]),
}

impl<'a> Image<'a> {
    /// Counts the nodes.
    pub fn len(self) -> u32 {
        self.word(4).unwrap_or(0)
    }

    /// Tells if there are no nodes.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The node of this number.
    pub fn node(self, number: u32) -> Option<Node<'a>> {
        if number >= self.len() {
            return None;
        }
        let at = self.word(0)? as usize + number as usize * NODE_LEN;
        let field = |index: usize| self.word(at + 4 * index);
        let (start, len) = (field(4)?, field(5)?);
        Some(Node {
            name: self.bytes(field(2)?, field(3)?)?,
            parent: field(1)?,
            time: u64::from(field(6)?) | u64::from(field(7)?) << 32,
            kind: match field(0)? {
                DIRECTORY => NodeKind::Directory(start..start.checked_add(len)?),
                FILE => NodeKind::File(self.bytes(start, len)?),
                LINK => NodeKind::Link(self.bytes(start, len)?),
                _ => return None,
            },
        })
    }

    /// The number of the child of this name.
    pub fn find(self, mut children: Range<u32>, name: &[u8]) -> Option<u32> {
        while !children.is_empty() {
            let middle = children.start + (children.end - children.start) / 2;
            match self.node(middle)?.name.cmp(name) {
                Ordering::Less => children.start = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => children.end = middle,
            }
        }
        None
    }

    fn word(self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    fn bytes(self, start: u32, len: u32) -> Option<&'a [u8]> {
        self.0.get(start as usize..)?.get(..len as usize)
    }
}

/// Writes an image: first the bytes that nodes refer to, then the nodes in the order of their
/// numbers.
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub struct Writer {
    /// The image as far as it is written. Bytes that nodes will refer to are appended here.
    pub bytes: alloc::vec::Vec<u8>,
    nodes: alloc::vec::Vec<[u32; NODE_LEN / 4]>,
}

/// A node to write; ranges are of [`Writer::bytes`].
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct NewNode {
    /// The place of its name.
    pub name: Range<usize>,
    /// The number of its directory.
    pub parent: u32,
    /// When it was last modified, in nanoseconds since 1970.
    pub time: u64,
    /// Its kind.
    pub kind: NewKind,
}

/// The kind of a node to write.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub enum NewKind {
    /// A directory, with the numbers of its children.
    Directory(Range<u32>),
    /// A file, with where its contents lie.
    File(Range<usize>),
    /// A symbolic link, with where its target lies.
    Link(Range<usize>),
}

#[cfg(feature = "alloc")]
impl Writer {
    /// A writer of an image with so many nodes and bytes that they refer to; where there turn out to
    /// be more, it must move them.
    pub fn with_capacity(nodes: usize, bytes: usize) -> Self {
        let mut image = alloc::vec::Vec::with_capacity(HEADER_LEN + bytes + nodes * NODE_LEN);
        image.resize(HEADER_LEN, 0);
        Writer {
            bytes: image,
            nodes: alloc::vec::Vec::with_capacity(nodes),
        }
    }

    /// Adds the next node.
    pub fn push(&mut self, node: &NewNode) {
        // What is beyond 32 bits is beyond IMAGE_MAX too, and `finish` refuses it.
        let range = |range: &Range<usize>| (range.start as u32, range.len() as u32);
        let (kind, (start, len)) = match &node.kind {
            NewKind::Directory(children) => (DIRECTORY, (children.start, children.len() as u32)),
            NewKind::File(contents) => (FILE, range(contents)),
            NewKind::Link(target) => (LINK, range(target)),
        };
        let (name, name_len) = range(&node.name);
        let (low, high) = (node.time as u32, (node.time >> 32) as u32);
        self.nodes
            .push([kind, node.parent, name, name_len, start, len, low, high]);
    }

    /// The image; `None` where it is longer than [`IMAGE_MAX`].
    pub fn finish(mut self) -> Option<alloc::vec::Vec<u8>> {
        let header = [self.bytes.len(), self.nodes.len()];
        for (at, number) in header.into_iter().enumerate() {
            self.bytes[4 * at..4 * at + 4].copy_from_slice(&(number as u32).to_le_bytes());
        }
        let nodes = self.nodes.as_flattened().iter();
        self.bytes.extend(nodes.flat_map(|word| word.to_le_bytes()));
        (self.bytes.len() as u64 <= IMAGE_MAX).then_some(self.bytes)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    /// Two roots; the first holds a file, a link and a directory with 100 empty files.
    fn image() -> Vec<u8> {
        let mut writer = Writer::with_capacity(105, 400);
        let mut text = |text: &[u8]| {
            let start = writer.bytes.len();
            writer.bytes.extend_from_slice(text);
            start..writer.bytes.len()
        };
        let root = |children| NewNode {
            name: 0..0,
            parent: 0,
            time: 0,
            kind: NewKind::Directory(children),
        };
        let mut nodes = Vec::from([root(2..5), root(0..0)]);
        nodes[1].parent = 1;
        for (name, kind) in [
            (&b"dir"[..], NewKind::Directory(5..105)),
            (b"file", NewKind::File(text(b"contents"))),
            (b"link", NewKind::Link(text(b"dir/42"))),
        ] {
            nodes.push(NewNode {
                name: text(name),
                parent: 0,
                time: u64::MAX - 1,
                kind,
            });
        }
        for number in 0..100 {
            nodes.push(NewNode {
                name: text(format!("{number:02}").as_bytes()),
                parent: 2,
                time: number,
                kind: NewKind::File(0..0),
            });
        }
        nodes.iter().for_each(|node| writer.push(node));
        writer.finish().expect("a small image")
    }

    #[test]
    fn nodes_are_read_as_written() {
        let bytes = image();
        let image = Image(&bytes);
        assert_eq!(image.len(), 105);
        assert_eq!(
            image.node(3),
            Some(Node {
                name: b"file",
                parent: 0,
                time: u64::MAX - 1,
                kind: NodeKind::File(b"contents"),
            })
        );
        let link = image.node(4).expect("a link");
        assert_eq!(link.kind, NodeKind::Link(b"dir/42"));
        assert_eq!(image.node(1).expect("a root").parent, 1);
        assert_eq!(image.node(105), None);
        assert!(Image(b"").is_empty());
    }

    #[test]
    fn names_are_found_among_their_neighbours_only() {
        let bytes = image();
        let image = Image(&bytes);
        for number in 0..100 {
            let name = format!("{number:02}");
            assert_eq!(image.find(5..105, name.as_bytes()), Some(5 + number));
        }
        for missing in [&b""[..], b"0", b"000", b"99 ", b"\xff", b"dir"] {
            assert_eq!(image.find(5..105, missing), None);
        }
        assert_eq!(image.find(2..5, b"link"), Some(4));
        assert_eq!(image.find(0..0, b"link"), None);
    }

    #[test]
    fn an_image_that_says_nonsense_is_read_without_harm() {
        let good = image();
        // Marsaglia's xorshift64.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            bytes.truncate(random() % (good.len() + 1));
            for _ in 0..random() % 8 {
                if let Some(at) = random().checked_rem(bytes.len()) {
                    // Most of an image is nodes; its header decides more.
                    let at = if random() % 4 == 0 {
                        at % HEADER_LEN
                    } else {
                        at
                    };
                    bytes[at] = random() as u8;
                }
            }
            let image = Image(&bytes);
            let mut seen = 0;
            for number in (0..image.len().min(200)).chain([u32::MAX]) {
                let Some(node) = image.node(number) else {
                    continue;
                };
                seen += node.name.len();
                match node.kind {
                    NodeKind::File(bytes) | NodeKind::Link(bytes) => seen += bytes.len(),
                    NodeKind::Directory(children) => {
                        let found = image.find(children.clone(), b"42");
                        assert!(found.is_none_or(|found| children.contains(&found)));
                    }
                }
            }
            assert!(seen <= 400 * bytes.len());
        }
    }
}

//! Trees → the image that the runtime reads ([`kiln_abi::embed`]).
//!
//! Files are stored as they are. Each compressed by zstd, CPython's library would take 44 % of the
//! space, and be read at 0.5 GB/s instead of 20 into memory that processes do not share. What is to
//! be small in transit is compressed whole, and better, by whoever packs it.

use super::host::cannot_read;
use super::{Contents, Directory, Kind, Tree};
use crate::Error;
use kiln_abi::embed::{IMAGE_MAX, NewKind, NewNode, Writer};
use std::fs::File;
use std::io::Read;
use std::ops::Range;

/// A node of the image before it is written.
struct Node<'a> {
    name: &'a str,
    parent: u32,
    time: u64,
    content: Content<'a>,
}

enum Content<'a> {
    Directory(Range<u32>),
    File(&'a Contents),
    Link(&'a str),
}

/// The image of these trees. Empty where there are none.
pub(crate) fn image<'a>(trees: impl Iterator<Item = &'a Tree>) -> Result<Vec<u8>, Error> {
    let nodes = number(trees);
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let mut writer = Writer::with_capacity(nodes.len(), check_size(&nodes)? as usize);
    let mut names = Vec::with_capacity(nodes.len());
    for node in &nodes {
        names.push(append(&mut writer, node.name.as_bytes()));
    }
    for (node, name) in nodes.iter().zip(names) {
        let kind = match &node.content {
            Content::Directory(children) => NewKind::Directory(children.clone()),
            Content::File(contents) => NewKind::File(append_contents(&mut writer, contents)?),
            Content::Link(target) => NewKind::Link(append(&mut writer, target.as_bytes())),
        };
        writer.push(&NewNode {
            name,
            parent: node.parent,
            time: node.time,
            kind,
        });
    }
    writer.finish().ok_or_else(|| too_large(&nodes))
}

/// Numbers the nodes breadth first: so the roots come first and children are neighbours.
fn number<'a>(trees: impl Iterator<Item = &'a Tree>) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    // The directories whose children are still to be numbered, in the order of their numbers.
    let mut directories: Vec<(usize, &Directory, bool)> = Vec::new();
    for tree in trees {
        directories.push((nodes.len(), &tree.root, tree.keeps_times));
        nodes.push(Node {
            name: "",
            parent: nodes.len() as u32,
            time: if tree.keeps_times { tree.time } else { 0 },
            content: Content::Directory(0..0),
        });
    }
    let mut next = 0;
    while let Some(&(parent, directory, keeps_times)) = directories.get(next) {
        next += 1;
        let first = nodes.len() as u32;
        for (name, entry) in directory {
            let content = match &entry.kind {
                Kind::File(contents) => Content::File(contents),
                Kind::Link(target) => Content::Link(target),
                Kind::Directory(directory) => {
                    directories.push((nodes.len(), directory, keeps_times));
                    Content::Directory(0..0)
                }
            };
            nodes.push(Node {
                name,
                parent: parent as u32,
                time: if keeps_times { entry.time } else { 0 },
                content,
            });
        }
        nodes[parent].content = Content::Directory(first..nodes.len() as u32);
    }
    nodes
}

/// Bytes that the nodes refer to, where they are not too many.
fn check_size(nodes: &[Node<'_>]) -> Result<u64, Error> {
    let size = size(nodes);
    if size <= IMAGE_MAX {
        Ok(size)
    } else {
        Err(too_large(nodes))
    }
}

fn size(nodes: &[Node<'_>]) -> u64 {
    let size = |node: &Node<'_>| node.name.len() as u64 + node.content.len();
    nodes.iter().map(size).sum()
}

impl Content<'_> {
    fn len(&self) -> u64 {
        match self {
            Content::Directory(_) => 0,
            Content::File(contents) => contents.len(),
            Content::Link(target) => target.len() as u64,
        }
    }
}

fn too_large(nodes: &[Node<'_>]) -> Error {
    let total = size(nodes);
    let message = format!(
        "the files to embed have {total} bytes; an executable holds at most {IMAGE_MAX} with their \
         names"
    );
    let largest = nodes.iter().max_by_key(|node| node.content.len());
    let help = largest.map_or(String::new(), |node| {
        let (name, size) = (node.name, node.content.len());
        format!(
            "the largest is `{name}`, of {size} bytes; grant the program a directory with `--dir`"
        )
    });
    Error::new(message).help(help)
}

fn append(writer: &mut Writer, bytes: &[u8]) -> Range<usize> {
    let start = writer.bytes.len();
    writer.bytes.extend_from_slice(bytes);
    start..writer.bytes.len()
}

fn append_contents(writer: &mut Writer, contents: &Contents) -> Result<Range<usize>, Error> {
    let path = match contents {
        Contents::Bytes(bytes) => return Ok(append(writer, bytes)),
        Contents::Host { path, .. } => path,
    };
    let start = writer.bytes.len();
    // A file that has grown beyond all bounds meanwhile ends where the image does.
    File::open(path)
        .and_then(|file| file.take(IMAGE_MAX).read_to_end(&mut writer.bytes))
        .map_err(cannot_read(path))?;
    Ok(start..writer.bytes.len())
}

//! Places in the source by a source map. Its columns are offsets in the module, on line 0.

use super::{Source, Strings};
use sourcemap::{DecodedMap, SourceMap};
use std::sync::Arc;

/// A reader of a source map.
pub(super) struct Resolver(SourceMap);

impl Resolver {
    /// Reads a source map, or the `data:` URL of one; an error is a warning.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let damaged = |error: &dyn std::fmt::Display| {
            format!(
                "traps are told without lines, because the source map of {name} is damaged: {error}"
            )
        };
        let map = match std::str::from_utf8(bytes) {
            Ok(url) if url.starts_with("data:") => sourcemap::decode_data_url(url),
            _ => sourcemap::decode_slice(bytes),
        };
        let map = match map.map_err(|error| damaged(&error))? {
            DecodedMap::Regular(map) => Ok(map),
            DecodedMap::Index(index) => index.flatten().map_err(|error| damaged(&error)),
            DecodedMap::Hermes(_) => Err(damaged(&"it is one of Hermes")),
        };
        map.map(Self)
    }

    /// The place of an instruction.
    pub fn stack(&self, wasm_offset: u32, strings: &mut Strings) -> Vec<Source> {
        let token = self.0.lookup_token(0, wasm_offset);
        let place = token.and_then(|token| {
            let file = token.get_source().filter(|file| !file.is_empty())?;
            Some(Source {
                name: Arc::default(),
                file: strings.file(file, |file| file),
                // They count from 0.
                line: token.get_src_line().checked_add(1)?,
                column: token.get_src_col().checked_add(1)?,
            })
        });
        place.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets 5, 9 and 12 are of lines 1, 2 and 102, columns 1, 3 and 1, of `src/a.ts`.
    const MAP: &str =
        r#"{"version":3,"sources":["src/a.ts"],"names":[],"mappings":"KAAA,IACE,GAoGF"}"#;

    fn at(map: &Resolver, offset: u32) -> Option<String> {
        let place = map.stack(offset, &mut Strings::default()).pop();
        place.map(|place| place.to_string())
    }

    #[test]
    fn offsets_are_columns() {
        let map = Resolver::new("a.map", MAP.as_bytes()).unwrap();
        assert_eq!(at(&map, 4), None);
        assert_eq!(at(&map, 5).unwrap(), "src/a.ts:1:1");
        assert_eq!(at(&map, 8).unwrap(), "src/a.ts:1:1");
        assert_eq!(at(&map, 10).unwrap(), "src/a.ts:2:3");
        assert_eq!(at(&map, 12).unwrap(), "src/a.ts:102:1");
    }

    #[test]
    fn damage_is_told() {
        for len in 0..MAP.len() {
            let error = Resolver::new("a.map", &MAP.as_bytes()[..len]).err();
            let error = error.unwrap_or_else(|| panic!("{len}"));
            assert!(error.contains("a.map is damaged: "), "{error}");
        }
        for text in ["data:,", "data:application/json;base64,eyI="] {
            assert!(Resolver::new("a.map", text.as_bytes()).is_err(), "{text}");
        }
    }
}

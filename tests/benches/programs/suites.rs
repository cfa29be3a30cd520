//! The programs of benchmark suites: those of the Python package `wasure`, PolyBench's kernels, and kernels of
//! embedded and cryptographic code.
//!
//! Left out are programs that run for less than 20 ms whatever they are told, and those that take
//! minutes.

use crate::catalogue::{Host, Output, Program, Source};

/// Programs of the suites, in the order of the tables.
pub fn programs() -> Vec<Program> {
    [
        classics(),
        mibench(),
        ostrich(),
        libsodium(),
        polybench(),
        kernels(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn classics() -> Vec<Program> {
    vec![
        // Three seeds, then iterations, algorithms, contexts and bytes of data. With iterations left
        // to itself it would do as many as take ten seconds by the clock.
        Program::new(
            "classic",
            "coremark",
            Source::Wasure("coremark/coremark-1000.wasm"),
        )
        .lengths("0x0 0x0 0x66 30000 7 1 2000", "0x0 0x0 0x66 2000 7 1 2000")
        .output(Output::Lines(&["crc"])),
        Program::new(
            "classic",
            "dhrystone",
            Source::Wasure("dhrystone/dhrystone10M.wasm"),
        )
        .short_source(Source::Wasure("dhrystone/dhrystone1M.wasm"))
        .output(Output::Lines(&["Loc:", "Glob:", "Comp:"])),
    ]
}

fn mibench() -> Vec<Program> {
    let program = |name, file| Program::new("mibench", name, Source::Wasure(file));
    let pcm = Host::Wasure("mibench/assets/large.pcm");
    let adpcm = Host::Wasure("mibench/assets/large.adpcm");
    vec![
        program("basicmath", "mibench/basicmath_large.wasm"),
        program("bitcnts", "mibench/bitcnts.wasm")
            .lengths("30000000", "1125000")
            .output(Output::Lines(&["Bits:"])),
        program("crc", "mibench/crc.wasm")
            .dir(Host::Wasure("mibench"), "/suite")
            .args("/suite/assets/large.pcm"),
        program("dijkstra", "mibench/dijkstra_large.wasm")
            .dir(Host::Wasure("mibench"), "/suite")
            .args("/suite/assets/input.dat"),
        program("fft", "mibench/fft.wasm").lengths("32 65536", "8 32768"),
        program("rawcaudio", "mibench/rawcaudio.wasm").stdin(pcm),
        program("rawdaudio", "mibench/rawdaudio.wasm").stdin(adpcm),
    ]
}

fn ostrich() -> Vec<Program> {
    const LONG: [&str; 9] = [
        "back-propagation",
        "crc",
        "fft",
        "hmm",
        "lavamd",
        "lud",
        "nqueens",
        "page-rank",
        "srad",
    ];
    const PROGRAMS: [(&str, &str); 11] = [
        ("back-propagation", "ostrich/back-propagation.wasm"),
        ("crc", "ostrich/crc.wasm"),
        ("fft", "ostrich/fft.wasm"),
        ("hmm", "ostrich/hmm.wasm"),
        ("lavamd", "ostrich/lavamd.wasm"),
        ("lud", "ostrich/lud.wasm"),
        ("nqueens", "ostrich/nqueens.wasm"),
        ("nw", "ostrich/nw.wasm"),
        ("page-rank", "ostrich/page-rank.wasm"),
        ("spmv", "ostrich/spmv.wasm"),
        ("srad", "ostrich/SRAD.wasm"),
    ];
    let program = |(name, file)| Program::new("ostrich", name, Source::Wasure(file));
    PROGRAMS
        .map(program)
        .map(|program| program.only_timed_if(&LONG))
        .into()
}

fn libsodium() -> Vec<Program> {
    const LONG: [&str; 5] = [
        "box_easy2",
        "metamorphic",
        "secretbox_easy2",
        "sodium_utils",
        "stream2",
    ];
    const PROGRAMS: [(&str, &str); 14] = [
        ("auth7", "libsodium/auth7.wasm"),
        ("box_easy2", "libsodium/box_easy2.wasm"),
        ("chacha20", "libsodium/chacha20.wasm"),
        ("codecs", "libsodium/codecs.wasm"),
        ("generichash", "libsodium/generichash.wasm"),
        ("kx", "libsodium/kx.wasm"),
        ("metamorphic", "libsodium/metamorphic.wasm"),
        ("onetimeauth7", "libsodium/onetimeauth7.wasm"),
        ("scalarmult8", "libsodium/scalarmult8.wasm"),
        ("scalarmult_ed25519", "libsodium/scalarmult_ed25519.wasm"),
        ("secretbox_easy2", "libsodium/secretbox_easy2.wasm"),
        ("sodium_utils", "libsodium/sodium_utils.wasm"),
        ("stream2", "libsodium/stream2.wasm"),
        ("xchacha20", "libsodium/xchacha20.wasm"),
    ];
    // They print their own times, and end with another status than 0 where a result is wrong.
    let program =
        |(name, file)| Program::new("libsodium", name, Source::Wasure(file)).output(Output::Status);
    PROGRAMS
        .map(program)
        .map(|program| program.only_timed_if(&LONG))
        .into()
}

/// The kernels of PolyBench, each repeated so often that it runs for about a second. Those of the
/// package run for some milliseconds.
fn polybench() -> Vec<Program> {
    const HARNESS: &str = include_str!("polybench/harness.c");
    const ALGEBRA: &[&str] = &[HARNESS, include_str!("polybench/algebra.c")];
    const STENCILS: &[&str] = &[HARNESS, include_str!("polybench/stencils.c")];
    const OF_ALGEBRA: [(&str, u32); 19] = [
        ("2mm", 10),
        ("3mm", 8),
        ("atax", 1000),
        ("bicg", 1000),
        ("cholesky", 150),
        ("doitgen", 500),
        ("durbin", 5000),
        ("gemm", 35),
        ("gemver", 1500),
        ("gesummv", 2000),
        ("gramschmidt", 12),
        ("lu", 60),
        ("ludcmp", 100),
        ("mvt", 1500),
        ("symm", 16),
        ("syr2k", 22),
        ("syrk", 40),
        ("trisolv", 8000),
        ("trmm", 24),
    ];
    const OF_STENCILS: [(&str, u32); 11] = [
        ("adi", 40),
        ("correlation", 25),
        ("covariance", 25),
        ("deriche", 200),
        ("fdtd-2d", 40),
        ("floyd-warshall", 25),
        ("heat-3d", 28),
        ("jacobi-1d", 300),
        ("jacobi-2d", 50),
        ("nussinov", 100),
        ("seidel-2d", 13),
    ];
    let algebra = OF_ALGEBRA.into_iter().map(own("polybench", ALGEBRA));
    algebra
        .chain(OF_STENCILS.into_iter().map(own("polybench", STENCILS)))
        .collect()
}

/// Kernels as CoreMark and libsodium have them, which native compilers compile as well.
fn kernels() -> Vec<Program> {
    const HARNESS: &str = include_str!("kernels/harness.c");
    const EMBEDDED: &[&str] = &[HARNESS, include_str!("kernels/embedded.c")];
    const CRYPTO: &[&str] = &[HARNESS, include_str!("kernels/crypto.c")];
    const OF_EMBEDDED: [(&str, u32); 4] = [
        ("crc", 10_000),
        ("list", 8000),
        ("machine", 100_000),
        ("matrix", 2000),
    ];
    const OF_CRYPTO: [(&str, u32); 7] = [
        ("base64", 40_000),
        ("blake2b", 150_000),
        ("chacha20", 70_000),
        ("poly1305", 250_000),
        ("sha512", 80_000),
        ("siphash", 250_000),
        ("x25519", 8000),
    ];
    let embedded = OF_EMBEDDED.into_iter().map(own("kernels", EMBEDDED));
    embedded
        .chain(OF_CRYPTO.into_iter().map(own("kernels", CRYPTO)))
        .collect()
}

/// Makes a program of these texts, which is told its kernel and how often to run it: a tenth as often for the
/// short length.
fn own(
    group: &'static str,
    texts: &'static [&'static str],
) -> impl Fn((&'static str, u32)) -> Program {
    move |(name, times)| {
        let (full, short) = (
            format!("{name} {times}"),
            format!("{name} {}", times.div_ceil(10)),
        );
        Program::new(group, name, Source::C(texts)).lengths(&full, &short)
    }
}

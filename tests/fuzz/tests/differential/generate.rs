//! Modules from numbers: functions of random statements and expressions that call one another, so
//! that what optimisation does to calls, arithmetic and addresses is seen in what they print.
//!
//! Every module ends: loops and recursion take from a fuel that a global holds.

use std::fmt::Write as _;

/// The features that a module draws on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Integers, control and memory.
    Plain,
    /// And exceptions that callers catch.
    Exceptions,
    /// And tail calls.
    TailCalls,
    /// And calls through a table.
    Indirect,
    /// And products of 128 bits, written as compilers write them.
    WideProducts,
    /// And accesses that may lie outside memory, and divisions by anything.
    Traps,
    /// And sums as indices, of a memory that has nearly all of them.
    Addresses,
    /// And numbers with a fraction, on their way to integers and back.
    Floats,
    /// And branches by a table, and selections.
    Switches,
    /// And bytes on their way to other places of a number.
    Bytes,
}

impl Mix {
    pub const ALL: [Mix; 10] = [
        Mix::Plain,
        Mix::Exceptions,
        Mix::TailCalls,
        Mix::Indirect,
        Mix::WideProducts,
        Mix::Traps,
        Mix::Addresses,
        Mix::Floats,
        Mix::Switches,
        Mix::Bytes,
    ];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ty {
    I32,
    I64,
}

impl Ty {
    fn name(self) -> &'static str {
        match self {
            Ty::I32 => "i32",
            Ty::I64 => "i64",
        }
    }
}

const FUNCTIONS: usize = 12;
/// Locals of each function beside its parameters: of either type in turn.
const LOCALS: usize = 4;

const RUNTIME: &str = r#"
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $fuel (mut i32) (i32.const 2000))
  (global $g0 (mut i32) (i32.const 7))
  (global $g1 (mut i64) (i64.const -3))
  (tag $tag (param i32))
  (type $unary (func (param i32) (result i64)))
  (func $burn (result i32)
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
    (i32.gt_s (global.get $fuel) (i32.const 0)))
  (func $print (param i64)
    (i64.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24))))
  (func $hash (result i64) (local $at i32) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add
        (i64.mul (local.get $sum) (i64.const 1099511628211))
        (i64.load offset=64 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 4096))))
    (local.get $sum))
  (func $mul (param $to i32) (param $a i64) (param $b i64) (local $al i64) (local $bl i64)
    (local $low i64) (local $first i64) (local $second i64)
    (local.set $low (i64.mul
      (local.tee $al (i64.and (local.get $a) (i64.const 0xffffffff)))
      (local.tee $bl (i64.and (local.get $b) (i64.const 0xffffffff)))))
    (local.set $first (i64.add (i64.shr_u (local.get $low) (i64.const 32))
      (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (local.get $bl))))
    (local.set $second (i64.add (i64.and (local.get $first) (i64.const 0xffffffff))
      (i64.mul (local.get $al) (i64.shr_u (local.get $b) (i64.const 32)))))
    (i64.store offset=8 (local.get $to) (i64.add
      (i64.add (global.get $g1) (i64.shr_u (local.get $second) (i64.const 32)))
      (i64.add (i64.shr_u (local.get $first) (i64.const 32))
        (i64.mul (i64.shr_u (local.get $a) (i64.const 32))
          (i64.shr_u (local.get $b) (i64.const 32))))))
    (i64.store (local.get $to) (i64.or (i64.shl (local.get $second) (i64.const 32))
      (i64.and (local.get $low) (i64.const 0xffffffff)))))
"#;

/// The text of module number `seed`.
pub fn module(seed: u64, mix: Mix) -> String {
    let mut generator = Generator {
        state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678,
        mix,
        signatures: Vec::new(),
        function: 0,
        labels: 0,
    };
    for _ in 0..FUNCTIONS {
        let params = (0..generator.below(4)).map(|_| generator.ty()).collect();
        let result = generator.ty();
        generator.signatures.push((params, result));
    }
    let mut text = format!("(module {RUNTIME}");
    if mix == Mix::Addresses && !seed.is_multiple_of(4) {
        // The most that leaves the last 64 KiB of indices without data. The system keeps what is used.
        text = text.replace("(export \"memory\") 1)", "(export \"memory\") 65535)");
    }
    for function in 0..FUNCTIONS {
        generator.function = function;
        text += &generator.function_text();
    }
    text += "(func $t0 (param i32) (result i64) (i64.extend_i32_s (i32.mul (local.get 0) (i32.const 3))))\n";
    text += "(func $t1 (param i32) (result i64) (i64.load offset=64 (i32.and (local.get 0) (i32.const 0xfff))))\n";
    text += "(table 3 funcref) (elem (i32.const 0) $t0 $t1)\n";
    text += "(func (export \"_start\")\n";
    // What only others call may go into them.
    let called = if seed.is_multiple_of(2) { FUNCTIONS } else { 4 };
    for function in 0..called {
        let (params, result) = generator.signatures[function].clone();
        let arguments: String = params
            .iter()
            .map(|ty| generator.constant(*ty) + " ")
            .collect();
        let call = as_i64(result, format!("(call $f{function} {arguments})"));
        let _ = writeln!(
            text,
            "(block $caught (result i32) (try_table (catch $tag $caught) (call $print {call})) (i32.const 0))\n\
             (call $print (i64.extend_i32_s))\n (call $print (call $hash))"
        );
    }
    text += "(call $print (global.get $g1)) (call $print (i64.extend_i32_s (global.get $g0)))))\n";
    text
}

fn as_i64(ty: Ty, value: String) -> String {
    match ty {
        Ty::I32 => format!("(i64.extend_i32_s {value})"),
        Ty::I64 => value,
    }
}

struct Generator {
    state: u64,
    mix: Mix,
    /// Parameters and result of each function. A function calls those behind it only, or itself.
    signatures: Vec<(Vec<Ty>, Ty)>,
    /// The one that is being generated.
    function: usize,
    labels: u32,
}

impl Generator {
    // SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn ty(&mut self) -> Ty {
        [Ty::I32, Ty::I64][self.below(2)]
    }

    fn pick(&mut self, names: &'static [&'static str]) -> &'static str {
        names[self.below(names.len())]
    }

    fn function_text(&mut self) -> String {
        let (params, result) = self.signatures[self.function].clone();
        let mut text = format!("(func $f{}", self.function);
        for ty in &params {
            let _ = write!(text, " (param {})", ty.name());
        }
        let _ = writeln!(text, " (result {}) (local i32 i64 i32 i64)", result.name());
        // Some are so small that they are inlined everywhere.
        let (statements, depth) = [(0, 2), (1, 2), (3, 3), (5, 3)][self.below(4)];
        for _ in 0..statements {
            text += &self.statement(2);
        }
        if self.mix == Mix::TailCalls && self.below(3) == 0 {
            let same: Vec<usize> = (self.function + 1..FUNCTIONS)
                .filter(|f| self.signatures[*f].1 == result)
                .collect();
            if let Some(&callee) = same.first() {
                let arguments = self.arguments(callee, 1);
                let _ = writeln!(text, "(return_call $f{callee} {arguments}))");
                return text;
            }
        }
        text += &self.expression(result, depth);
        text + ")\n"
    }

    fn statement(&mut self, depth: usize) -> String {
        let nested = depth > 0;
        match self.below(9) {
            0 | 1 => {
                let (local, ty) = self.local();
                format!("(local.set {local} {})\n", self.expression(ty, 3))
            }
            2 => format!("(global.set $g0 {})\n", self.expression(Ty::I32, 2)),
            3 => format!("(global.set $g1 {})\n", self.expression(Ty::I64, 2)),
            4 => self.store(),
            5 if nested => {
                let condition = self.expression(Ty::I32, 2);
                let (then, otherwise) = (self.statement(depth - 1), self.statement(depth - 1));
                format!("(if {condition} (then {then}) (else {otherwise}))\n")
            }
            6 if nested => {
                self.labels += 1;
                let label = self.labels;
                let body = self.statement(depth - 1) + &self.statement(depth - 1);
                let condition = self.expression(Ty::I32, 1);
                format!(
                    "(loop $l{label} {body} (br_if $l{label} (i32.and (call $burn) {condition})))\n"
                )
            }
            7 if nested => {
                let result = self.signatures[self.function].1;
                let (condition, value) = (self.expression(Ty::I32, 1), self.expression(result, 2));
                format!("(if {condition} (then (return {value})))\n")
            }
            8 if nested && self.mix == Mix::Exceptions => self.exceptional(depth),
            8 if nested && self.mix == Mix::Switches => self.switch(depth),
            8 if self.mix == Mix::Addresses => self.neighbours(),
            _ => self.store(),
        }
    }

    fn exceptional(&mut self, depth: usize) -> String {
        if self.below(2) == 0 {
            let (condition, value) = (self.expression(Ty::I32, 1), self.expression(Ty::I32, 1));
            return format!("(if {condition} (then (throw $tag {value})))\n");
        }
        self.labels += 1;
        let label = self.labels;
        let body = self.statement(depth - 1) + &self.statement(depth - 1);
        format!(
            "(global.set $g0 (block $l{label} (result i32)\n\
             (try_table (catch $tag $l{label}) {body}) (global.get $g0)))\n"
        )
    }

    fn switch(&mut self, depth: usize) -> String {
        self.labels += 1;
        let label = self.labels;
        let index = match self.below(2) {
            0 => self.expression(Ty::I32, 2),
            _ => format!("(i32.and {} (i32.const 3))", self.expression(Ty::I32, 2)),
        };
        let (first, second) = (self.statement(depth - 1), self.statement(depth - 1));
        let targets = self.pick(&["A B C", "A B B C", "B A B A C", "C A B"]);
        let targets = targets
            .split(' ')
            .map(|target| format!("$l{label}{target} "));
        let targets: String = targets.collect();
        format!(
            "(block $l{label}C (block $l{label}B (block $l{label}A\n\
             (br_table {targets} {index})) {first} (br $l{label}C)) {second})\n"
        )
    }

    /// Accesses to the fields of what a local points to, as compilers write them.
    fn neighbours(&mut self) -> String {
        let (local, ty) = self.local();
        let pointer = match ty {
            Ty::I32 => format!("(local.get {local})"),
            Ty::I64 => format!("(i32.wrap_i64 (local.get {local}))"),
        };
        let count = 2 + self.below(3);
        let fields = (0..count).map(|_| {
            let by = self.edge();
            let offset = [0, 0, 8, 65528][self.below(4)];
            let index = format!("(i32.add {pointer} (i32.const {by}))");
            let value = self.leaf(Ty::I64);
            match self.below(2) {
                0 => format!("(i64.store offset={offset} {index} {value})\n"),
                _ => format!("(global.set $g1 (i64.load32_u offset={offset} {index}))\n"),
            }
        });
        fields.collect()
    }

    /// The smaller or the larger of a local and a constant, sometimes of both and another constant.
    fn clamped(&mut self) -> Option<String> {
        let (local, ty) = self.local();
        if ty == Ty::I64 || self.below(2) == 0 {
            return None;
        }
        let mut value = format!("(local.get {local})");
        for _ in 0..1 + self.below(2) {
            let bound = [0, 88, 0xffff, 1 << 20, i32::MAX, -1, i32::MIN][self.below(7)];
            let operator = self.pick(&["lt_s", "gt_s", "le_u", "ge_u", "lt_u", "ge_s", "eq"]);
            let bound = format!("(i32.const {bound})");
            let set = format!("(local.tee {local} {value})");
            value = match self.below(2) {
                0 => format!("(select {set} {bound} (i32.{operator} (local.get {local}) {bound}))"),
                _ => format!("(select {bound} {set} (i32.{operator} {bound} (local.get {local})))"),
            };
        }
        Some(value)
    }

    /// A number to add to an index.
    fn edge(&mut self) -> i32 {
        let near = self.below(33) as i64 - 16;
        let edge = [0, 0, 0, 65536, -65536, 1 << 31, 256][self.below(7)];
        (edge + near) as i32
    }

    fn store(&mut self) -> String {
        if self.mix == Mix::WideProducts && self.below(2) == 0 {
            let (a, b) = (self.expression(Ty::I64, 2), self.expression(Ty::I64, 2));
            return format!("(call $mul {} {a} {b})\n", self.address());
        }
        let (ty, names): (Ty, &'static [&'static str]) = match self.below(2) {
            0 => (Ty::I32, &["i32.store", "i32.store8", "i32.store16"]),
            _ => (
                Ty::I64,
                &["i64.store", "i64.store8", "i64.store16", "i64.store32"],
            ),
        };
        let name = self.pick(names);
        let (offset, address) = (64 + self.below(64), self.address());
        format!(
            "({name} offset={offset} {address} {})\n",
            self.expression(ty, 2)
        )
    }

    fn address(&mut self) -> String {
        let address = self.expression(Ty::I32, 1);
        if self.mix == Mix::Traps && self.below(12) == 0 {
            return address;
        }
        if self.mix == Mix::Addresses && self.below(2) == 0 {
            let mask = [0xff, 0xfff8, 0xff_ffff, 0x7fff_ffff, -1, -8][self.below(6)];
            let index = format!("(i32.and {address} (i32.const {mask}))");
            let index = self.clamped().unwrap_or(index);
            let operator = self.pick(&["add", "sub"]);
            return format!("(i32.{operator} {index} (i32.const {}))", self.edge());
        }
        format!("(i32.and {address} (i32.const 0xff8))")
    }

    fn local(&mut self) -> (usize, Ty) {
        let params = self.signatures[self.function].0.clone();
        let index = self.below(params.len() + LOCALS);
        let ty = match params.get(index) {
            Some(ty) => *ty,
            None => [Ty::I32, Ty::I64][(index - params.len()) % 2],
        };
        (index, ty)
    }

    fn constant(&mut self, ty: Ty) -> String {
        let value = match self.below(4) {
            0 => self.next() as i64,
            1 => 1 << self.below(31),
            _ => self.below(100) as i64 - 20,
        };
        match ty {
            Ty::I32 => format!("(i32.const {})", value as i32),
            Ty::I64 => format!("(i64.const {value})"),
        }
    }

    fn arguments(&mut self, callee: usize, depth: usize) -> String {
        let params = self.signatures[callee].0.clone();
        let arguments = params
            .into_iter()
            .map(|ty| self.expression(ty, depth) + " ");
        arguments.collect()
    }

    /// Bytes of `number` in reverse, all or some of them; sometimes wrongly so.
    fn swapped(&mut self, ty: Ty, number: &str) -> String {
        let (name, width) = match ty {
            Ty::I32 => ("i32", 4),
            Ty::I64 => ("i64", 8),
        };
        let used = [2, width, width][self.below(3)];
        let wrong = self.below(4 * width);
        let mut terms = Vec::new();
        for from in 0..used {
            let mut to = used - 1 - from;
            if from == wrong {
                to = self.below(width);
            }
            let mask = 0xff_u64 << (8 * if self.below(2) == 0 { from } else { to });
            let (operator, by) = match (to >= from, self.below(3)) {
                (_, 0) => ("rotl", (to + width - from) % width),
                (true, _) => ("shl", to - from),
                (false, _) => ("shr_u", from - to),
            };
            let mask_first = mask == 0xff << (8 * from);
            let constant = match ty {
                Ty::I32 => mask as i32 as i64,
                Ty::I64 => mask as i64,
            };
            let masked = |x: &str| format!("({name}.and {x} ({name}.const {constant}))");
            let moved = |x: &str| format!("({name}.{operator} {x} ({name}.const {}))", 8 * by);
            terms.push(match mask_first {
                true => moved(&masked(number)),
                false => masked(&moved(number)),
            });
        }
        // In any order, in any tree.
        while terms.len() > 1 {
            let x = terms.swap_remove(self.below(terms.len()));
            let y = terms.swap_remove(self.below(terms.len()));
            terms.push(format!("({name}.or {x} {y})"));
        }
        terms.remove(0)
    }

    fn expression(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(ty);
        }
        let name = ty.name();
        if self.mix == Mix::Bytes && self.below(3) == 0 {
            let (local, of) = self.local();
            if of == ty {
                return self.swapped(ty, &format!("(local.get {local})"));
            }
        }
        match self.below(10) {
            0..=3 => {
                let operator = self.pick(&[
                    "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl",
                    "rotr",
                ]);
                let (x, y) = (
                    self.expression(ty, depth - 1),
                    self.expression(ty, depth - 1),
                );
                format!("({name}.{operator} {x} {y})")
            }
            4 => {
                let operator = self.pick(&["div_s", "div_u", "rem_s", "rem_u"]);
                let (x, y) = (
                    self.expression(ty, depth - 1),
                    self.expression(ty, depth - 1),
                );
                // Neither 0 nor -1, but where traps are asked for.
                if self.mix == Mix::Traps && self.below(8) == 0 {
                    return format!("({name}.{operator} {x} {y})");
                }
                let y =
                    format!("({name}.or ({name}.and {y} ({name}.const 0xff)) ({name}.const 1))");
                format!("({name}.{operator} {x} {y})")
            }
            5 => {
                let names: &'static [&'static str] = match ty {
                    Ty::I32 => &["load", "load8_s", "load8_u", "load16_s", "load16_u"],
                    Ty::I64 => &["load", "load8_u", "load16_s", "load32_s", "load32_u"],
                };
                let load = self.pick(names);
                let (offset, address) = (64 + self.below(64), self.address());
                format!("({name}.{load} offset={offset} {address})")
            }
            6 => match ty {
                Ty::I32 => format!("(i32.wrap_i64 {})", self.expression(Ty::I64, depth - 1)),
                Ty::I64 => {
                    let extend = self.pick(&["extend_i32_s", "extend_i32_u"]);
                    format!("(i64.{extend} {})", self.expression(Ty::I32, depth - 1))
                }
            },
            7 if ty == Ty::I32 => {
                let of = self.ty();
                let operator = self.pick(&["eq", "lt_s", "lt_u", "ge_s", "gt_u"]);
                let (x, y) = (
                    self.expression(of, depth - 1),
                    self.expression(of, depth - 1),
                );
                format!("({}.{operator} {x} {y})", of.name())
            }
            8 if self.mix == Mix::Floats => self.rounded(ty, depth),
            8 if self.mix == Mix::Switches => {
                let (x, y) = (
                    self.expression(ty, depth - 1),
                    self.expression(ty, depth - 1),
                );
                format!("(select {x} {y} {})", self.expression(Ty::I32, depth - 1))
            }
            7 if self.mix == Mix::Indirect => {
                let argument = self.expression(Ty::I32, depth - 1);
                let index = self.expression(Ty::I32, depth - 1);
                format!("(call_indirect (type $unary) {argument} (i32.and {index} (i32.const 1)))")
            }
            _ => self.call(ty, depth),
        }
    }

    /// An integer that is made of numbers with a fraction. The bits of a NaN are never seen, since they
    /// may differ.
    fn rounded(&mut self, ty: Ty, depth: usize) -> String {
        let (name, float) = (ty.name(), self.pick(&["f32", "f64"]));
        let (x, y) = (self.float(float, depth - 1), self.float(float, depth - 1));
        match self.below(2) {
            0 if ty == Ty::I32 => {
                let operator = self.pick(&["eq", "ne", "lt", "gt", "le", "ge"]);
                format!("({float}.{operator} {x} {y})")
            }
            _ => {
                let sign = self.pick(&["s", "u"]);
                format!("({name}.trunc_sat_{float}_{sign} ({float}.add {x} {y}))")
            }
        }
    }

    fn float(&mut self, float: &'static str, depth: usize) -> String {
        if depth == 0 {
            let sign = self.pick(&["s", "u"]);
            let ty = self.ty();
            return format!("({float}.convert_{}_{sign} {})", ty.name(), self.leaf(ty));
        }
        let x = self.float(float, depth - 1);
        match self.below(4) {
            0 => {
                let operator =
                    self.pick(&["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"]);
                format!("({float}.{operator} {x})")
            }
            1 if float == "f32" => format!("(f32.demote_f64 {})", self.float("f64", depth - 1)),
            1 => format!("(f64.promote_f32 {})", self.float("f32", depth - 1)),
            _ => {
                let operator = self.pick(&["add", "sub", "mul", "div", "min", "max", "copysign"]);
                // Else the sign of a NaN would be seen.
                let is_copysign = operator == "copysign";
                let y = self.float(float, if is_copysign { 0 } else { depth - 1 });
                format!("({float}.{operator} {x} {y})")
            }
        }
    }

    fn call(&mut self, ty: Ty, depth: usize) -> String {
        let later: Vec<usize> = (self.function + 1..FUNCTIONS)
            .filter(|f| self.signatures[*f].1 == ty)
            .collect();
        if later.is_empty() {
            return self.leaf(ty);
        }
        let callee = later[self.below(later.len())];
        let arguments = self.arguments(callee, depth - 1);
        let call = format!("(call $f{callee} {arguments})");
        // Calls nest, and so would time.
        let (name, leaf) = (ty.name(), self.leaf(ty));
        format!("(if (result {name}) (call $burn) (then {call}) (else {leaf}))")
    }

    fn leaf(&mut self, ty: Ty) -> String {
        match self.below(4) {
            0 => self.constant(ty),
            1 => match ty {
                Ty::I32 => "(global.get $g0)".into(),
                Ty::I64 => "(global.get $g1)".into(),
            },
            _ => {
                let (local, of) = self.local();
                match (of, ty) {
                    (Ty::I32, Ty::I64) => format!("(i64.extend_i32_u (local.get {local}))"),
                    (Ty::I64, Ty::I32) => format!("(i32.wrap_i64 (local.get {local}))"),
                    _ => format!("(local.get {local})"),
                }
            }
        }
    }
}

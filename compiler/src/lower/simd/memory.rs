//! Loads and stores of vectors and of their lanes.

use super::super::memory::Place;
use super::Translator;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use cranelift_frontend::FuncInstBuilder;
use types::{I8X16, I16X8, I32X4, I64X2};
use wasmparser::{MemArg, Operator};

impl<'a> Translator<'a> {
    /// Translates a load or store of a vector; false for any other operator.
    pub(super) fn vector_memory(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match *operator {
            V128Load { ref memarg } => {
                let (flags, base, offset) = self.address(memarg, I8X16.bytes());
                let value = self.ins().load(I8X16, flags, base, offset);
                self.push(value);
            }
            V128Store { ref memarg } => {
                let value = self.pop();
                let (flags, base, offset) = self.address(memarg, I8X16.bytes());
                self.ins().store(flags, value, base, offset);
            }
            V128Load8x8S { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.sload8x8(f, a, o));
            }
            V128Load8x8U { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.uload8x8(f, a, o));
            }
            V128Load16x4S { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.sload16x4(f, a, o));
            }
            V128Load16x4U { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.uload16x4(f, a, o));
            }
            V128Load32x2S { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.sload32x2(f, a, o));
            }
            V128Load32x2U { ref memarg } => {
                self.load_widened(memarg, |i, (f, a, o)| i.uload32x2(f, a, o));
            }
            V128Load8Splat { ref memarg } => self.load_splat(memarg, I8X16),
            V128Load16Splat { ref memarg } => self.load_splat(memarg, I16X8),
            V128Load32Splat { ref memarg } => self.load_splat(memarg, I32X4),
            V128Load64Splat { ref memarg } => self.load_splat(memarg, I64X2),
            V128Load32Zero { ref memarg } => self.load_zero_padded(memarg, I32X4),
            V128Load64Zero { ref memarg } => self.load_zero_padded(memarg, I64X2),
            V128Load8Lane { ref memarg, lane } => self.load_lane(memarg, I8X16, lane),
            V128Load16Lane { ref memarg, lane } => self.load_lane(memarg, I16X8, lane),
            V128Load32Lane { ref memarg, lane } => self.load_lane(memarg, I32X4, lane),
            V128Load64Lane { ref memarg, lane } => self.load_lane(memarg, I64X2, lane),
            V128Store8Lane { ref memarg, lane } => self.store_lane(memarg, I8X16, lane),
            V128Store16Lane { ref memarg, lane } => self.store_lane(memarg, I16X8, lane),
            V128Store32Lane { ref memarg, lane } => self.store_lane(memarg, I32X4, lane),
            V128Store64Lane { ref memarg, lane } => self.store_lane(memarg, I64X2, lane),
            _ => return false,
        }
        true
    }

    // Loads 8 bytes as lanes and widens each to twice its width.
    fn load_widened(
        &mut self,
        memarg: &MemArg,
        load: impl FnOnce(FuncInstBuilder<'_, 'a>, Place) -> Value,
    ) {
        let place = self.address(memarg, 8);
        let value = load(self.ins(), place);
        self.push_vector(value);
    }

    fn load_scalar(&mut self, memarg: &MemArg, ty: Type) -> Value {
        let (flags, base, offset) = self.address(memarg, ty.bytes());
        self.ins().load(ty, flags, base, offset)
    }

    fn load_splat(&mut self, memarg: &MemArg, ty: Type) {
        let scalar = self.load_scalar(memarg, ty.lane_type());
        let value = self.ins().splat(ty, scalar);
        self.push_vector(value);
    }

    fn load_zero_padded(&mut self, memarg: &MemArg, ty: Type) {
        let scalar = self.load_scalar(memarg, ty.lane_type());
        let value = self.ins().scalar_to_vector(ty, scalar);
        self.push_vector(value);
    }

    fn load_lane(&mut self, memarg: &MemArg, ty: Type, lane: u8) {
        let vector = self.pop_vector(ty);
        let scalar = self.load_scalar(memarg, ty.lane_type());
        let value = self.ins().insertlane(vector, scalar, lane);
        self.push_vector(value);
    }

    fn store_lane(&mut self, memarg: &MemArg, ty: Type, lane: u8) {
        let vector = self.pop_vector(ty);
        let (flags, base, offset) = self.address(memarg, ty.lane_type().bytes());
        let scalar = self.ins().extractlane(vector, lane);
        self.ins().store(flags, scalar, base, offset);
    }
}

//! The flow of control through a body: how often each part of it has run, from the counts of some edges.

use wasmparser::Operator;

/// A place in a body, and what is known of the flow through it.
pub(super) struct Flow {
    /// How often control has come here; 0 where none can.
    now: u64,
    most: u64,
    is_reachable: bool,
    constructs: Vec<Construct>,
}

/// A construct that is open.
struct Construct {
    kind: Kind,
    /// How often control has come to its end, so far.
    end: u64,
    is_end_reachable: bool,
}

enum Kind {
    /// One with its label at its end.
    Block,
    Loop,
    /// An `if` before its `else`, by how often its condition did not hold.
    If(u64),
    /// In code that cannot be reached.
    Dead,
}

impl Flow {
    /// That into a body which was entered so often.
    pub fn new(entry: u64) -> Self {
        let mut flow = Self {
            now: entry,
            most: entry,
            is_reachable: true,
            constructs: Vec::new(),
        };
        flow.open(Kind::Block);
        flow
    }

    /// How often control has come to the next operator.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The entry, or the loop that control came to most often.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Goes past an operator with these counters; gives how often control took the ways out of it, where it
    /// has any.
    pub fn step(&mut self, operator: &Operator, counters: &[u64]) -> Option<[u64; 2]> {
        let counter = |at: usize| counters.get(at).copied().unwrap_or_default();
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. }
                if !self.is_reachable =>
            {
                self.open(Kind::Dead);
            }
            Operator::Block { .. } | Operator::Try { .. } | Operator::TryTable { .. } => {
                self.open(Kind::Block);
            }
            Operator::Loop { .. } => {
                self.now = counter(0);
                self.most = self.most.max(self.now);
                self.open(Kind::Loop);
                return Some([self.now, 0]);
            }
            Operator::If { .. } => {
                let otherwise = self.now.saturating_sub(counter(0));
                self.now = counter(0);
                self.open(Kind::If(otherwise));
                return Some([self.now, otherwise]);
            }
            // How often an exception was caught is not counted.
            Operator::Else | Operator::Catch { .. } | Operator::CatchAll => self.next_part(),
            Operator::End | Operator::Delegate { .. } => return self.close(),
            _ if !self.is_reachable => {}
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth, self.now);
                self.stop();
            }
            Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth } => {
                self.branch(*relative_depth, counter(0));
                self.now = self.now.saturating_sub(counter(0));
                return Some([counter(0), self.now]);
            }
            Operator::BrTable { targets } => {
                let depths = targets.targets().map_while(Result::ok);
                for (depth, at) in depths.chain([targets.default()]).zip(0..) {
                    self.branch(depth, counter(at));
                }
                self.stop();
            }
            Operator::Return => {
                self.branch(self.constructs.len() as u32 - 1, self.now);
                self.stop();
            }
            Operator::Unreachable
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Rethrow { .. } => self.stop(),
            _ => {}
        }
        None
    }

    fn open(&mut self, kind: Kind) {
        self.constructs.push(Construct {
            kind,
            end: 0,
            is_end_reachable: false,
        });
    }

    /// Nothing follows here.
    fn stop(&mut self) {
        self.now = 0;
        self.is_reachable = false;
    }

    fn branch(&mut self, depth: u32, count: u64) {
        // Validated: the depth is that of a construct.
        let construct = self.constructs.iter_mut().nth_back(depth as usize);
        if let Some(construct) = construct
            && !matches!(construct.kind, Kind::Loop)
        {
            construct.end = construct.end.saturating_add(count);
            construct.is_end_reachable = true;
        }
    }

    /// Goes from one part of a construct, which goes to its end, to the next.
    fn next_part(&mut self) {
        let count = self.now;
        if self.is_reachable {
            self.branch(0, count);
        }
        let Some(construct) = self.constructs.last_mut() else {
            return;
        };
        self.now = match construct.kind {
            Kind::Dead => return,
            Kind::If(otherwise) => otherwise,
            _ => 0,
        };
        construct.kind = Kind::Block;
        self.is_reachable = true;
    }

    fn close(&mut self) -> Option<[u64; 2]> {
        let construct = self.constructs.pop()?;
        let (mut end, mut is_reachable) = (construct.end, construct.is_end_reachable);
        match construct.kind {
            Kind::Dead => return None,
            // Without an `else`.
            Kind::If(otherwise) => {
                end = end.saturating_add(otherwise);
                is_reachable = true;
            }
            Kind::Block | Kind::Loop => {}
        }
        if self.is_reachable {
            end = end.saturating_add(self.now);
            is_reachable = true;
        }
        (self.now, self.is_reachable) = (end, is_reachable);
        Some([end, 0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::BlockType::Empty;

    #[test]
    fn what_is_not_counted_follows() {
        let mut flow = Flow::new(100);
        assert_eq!(flow.step(&Operator::Block { blockty: Empty }, &[]), None);
        // Of 100, 60 go in, and 10 of these come out by the branch.
        assert_eq!(
            flow.step(&Operator::If { blockty: Empty }, &[60]),
            Some([60, 40])
        );
        let branch = Operator::BrIf { relative_depth: 1 };
        assert_eq!(flow.step(&branch, &[10]), Some([10, 50]));
        assert_eq!(
            flow.step(&Operator::Loop { blockty: Empty }, &[500]),
            Some([500, 0])
        );
        let again = Operator::BrIf { relative_depth: 0 };
        assert_eq!(flow.step(&again, &[450]), Some([450, 50]));
        assert_eq!(flow.step(&Operator::End, &[]), Some([50, 0]));
        assert_eq!(flow.step(&Operator::Else, &[]), None);
        assert_eq!(flow.now(), 40);
        assert_eq!(flow.step(&Operator::Return, &[]), None);
        assert_eq!(flow.now(), 0);
        assert_eq!(flow.step(&Operator::End, &[]), Some([50, 0]));
        assert_eq!(flow.step(&Operator::End, &[]), Some([60, 0]));
        assert_eq!(flow.step(&Operator::End, &[]), Some([100, 0]));
        assert_eq!(flow.most(), 500);
    }

    #[test]
    fn dead_code_counts_nothing() {
        let mut flow = Flow::new(7);
        flow.step(&Operator::Unreachable, &[]);
        assert_eq!(flow.step(&Operator::If { blockty: Empty }, &[3]), None);
        assert_eq!(flow.step(&Operator::Else, &[]), None);
        assert_eq!(flow.step(&Operator::End, &[]), None);
        assert_eq!(flow.step(&Operator::End, &[]), Some([0, 0]));
        assert_eq!(flow.most(), 7);
    }
}

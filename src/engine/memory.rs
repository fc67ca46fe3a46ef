//! Whether a network can be trained on this machine at all, before it is tried.

use super::error::EngineError;
use super::model::Plan;
use super::optimizer::moments;
use crate::data::Shape;
use crate::domain::experiment::Train;

/// Checks that training would fit into the machine's memory.
///
/// # Errors
/// [`EngineError::TooLarge`] with both sizes. Where the system does not tell what there is, nothing is refused.
pub(super) fn check(plan: &Plan, train: &Train, shape: Shape, shards: usize) -> Result<(), EngineError> {
    let needed = needed(plan, train, shape, shards);
    match available() {
        Some(available) if needed > u128::from(available) => {
            let mib = |bytes: u128| (bytes >> 20) as u64;
            Err(EngineError::TooLarge {
                parameters: plan.count(),
                needed: mib(needed),
                available: mib(u128::from(available)),
            })
        }
        _ => Ok(()),
    }
}

/// Bytes that training takes: weights, moments and a gradient for each part of the minibatch; each activation with its
/// gradient.
fn needed(plan: &Plan, train: &Train, shape: Shape, shards: usize) -> u128 {
    let copies = 1 + moments(train.optimizer) + shards;
    let weights = u128::from(plan.count()) * copies as u128;
    let row = 2 * u128::from(plan.activations()) + shape.len() as u128;
    (weights + row * train.batch_size as u128) * size_of::<f32>() as u128
}

/// Bytes of memory that the machine has.
#[cfg(target_os = "linux")]
fn available() -> Option<u64> {
    let info = rustix::system::sysinfo();
    info.totalram.checked_mul(info.mem_unit.into())
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
fn available() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{Model, ModelKind};
    use crate::engine::model::Output;

    #[test]
    fn a_network_beyond_all_memory_is_refused_with_its_size() {
        let model = Model { kind: ModelKind::Mlp, hidden: vec![65_536; 40], ..Model::default() };
        let output = [Output { name: "output".to_owned(), width: 10 }];
        let plan = Plan::new(&model, Shape::Vector(65_536), &output).unwrap();
        let error = check(&plan, &Train::default(), Shape::Vector(65_536), 4).unwrap_err();
        if cfg!(target_os = "linux") {
            assert!(error.to_string().contains("parameters needs about"), "{error}");
        }
        let small = Plan::new(&Model { hidden: vec![8], ..model }, Shape::Vector(4), &output).unwrap();
        assert_eq!(check(&small, &Train::default(), Shape::Vector(4), 4), Ok(()));
    }
}

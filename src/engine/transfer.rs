//! Transfer learning: a network begins with weights that another one learned, layer by layer as names and shapes agree.

use dfdx::prelude::CpuError;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::checkpoint::floats;
use super::error::EngineError;
use super::network::Network;
use super::tensor::fill;
use crate::domain::experiment::Head;

/// What a network began with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Layers that begin with the other network's weights, in the order of the layers.
    pub taken: Vec<String>,
    /// Layers that begin anew, each with the reason.
    pub fresh: Vec<(String, String)>,
}

impl std::fmt::Display for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} begin with its weights", self.taken.join(", "))?;
        for (layer, why) in &self.fresh {
            write!(f, "; {layer} begins anew: {why}")?;
        }
        Ok(())
    }
}

/// Copies the weights of a safetensors file (a checkpoint of a run, or any other) into the layers that have them.
///
/// # Errors
/// [`EngineError::Transfer`] when the file is none, when no layer fits, or when a layer does not that is to be frozen.
pub(super) fn transfer(network: &mut Network, bytes: &[u8], head: Head) -> Result<Transfer, EngineError> {
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| EngineError::Transfer(format!("it is no safetensors file ({error})")))?;
    let Network { plan, parameters } = network;
    let mut transfer = Transfer::default();
    let trunk = plan.trunk.len();
    for (place, layer) in plan.trunk.iter().chain(&plan.heads).enumerate().filter(|(_, layer)| !layer.owns.is_empty()) {
        let wanted = &plan.parameters[layer.owns.clone()];
        let why = if place >= trunk && head == Head::New {
            Some("model.head = \"new\"".to_owned())
        } else {
            wanted.iter().find_map(|parameter| misfit(&tensors, &parameter.name(), &parameter.shape))
        };
        match why {
            None => {
                for (parameter, tensor) in wanted.iter().zip(&mut parameters[layer.owns.clone()]) {
                    let found = tensors.tensor(&parameter.name()).map_err(|_| CpuError::WrongNumElements)?;
                    fill(tensor, &floats(found.data()))?;
                }
                transfer.taken.push(layer.name.clone());
            }
            Some(why) if place < plan.frozen => {
                let sentence = format!("{} would be frozen as it is drawn, untrained: {why}", layer.name);
                return Err(EngineError::Transfer(sentence));
            }
            Some(why) => transfer.fresh.push((layer.name.clone(), why)),
        }
    }
    if transfer.taken.is_empty() {
        let mut names: Vec<&str> = tensors.names().into_iter().filter(|name| !name.starts_with("optimizer.")).collect();
        names.sort_unstable();
        names.truncate(12);
        let sentence = format!("no layer of this network has its weights in it; it holds {}", names.join(", "));
        return Err(EngineError::Transfer(sentence));
    }
    Ok(transfer)
}

/// Why a tensor cannot be taken; `None` where it can.
fn misfit(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Option<String> {
    let Ok(found) = tensors.tensor(name) else { return Some(format!("there is no {name}")) };
    if found.dtype() != Dtype::F32 {
        return Some(format!("{name} is of type {:?}, not F32", found.dtype()));
    }
    (found.shape() != shape).then(|| format!("{name} is {:?}, here {shape:?}", found.shape()))
}

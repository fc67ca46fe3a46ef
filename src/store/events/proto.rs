//! The messages of an event file, as far as scalars need them; other fields are passed over.
//! Source: TensorFlow, `core/util/event.proto`, `core/framework/{summary,tensor}.proto`.

/// One record.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    /// Steps done.
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    pub(super) what: Option<What>,
}

/// What a record tells.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum What {
    /// The first record of each file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

/// Values at one step.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<Value>,
}

/// One value.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(oneof = "Content", tags = "2, 8")]
    pub(super) content: Option<Content>,
}

/// The two forms a scalar comes in.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Content {
    /// What PyTorch, TensorFlow 1 and we write.
    #[prost(float, tag = "2")]
    SimpleValue(f32),
    /// What TensorFlow 2 writes.
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// A tensor; a scalar is one with a single element.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Tensor {
    /// 1: f32, 2: f64.
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub(super) floats: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub(super) doubles: Vec<f64>,
}

/// A beginning or an end of writing.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SessionLog {
    /// See [`SessionLog::START`].
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

impl SessionLog {
    /// A worker begins: what earlier files say of this step and of later ones does not count.
    pub(super) const START: i32 = 1;
}

impl Content {
    /// The scalar, if it is one.
    pub(super) fn scalar(&self) -> Option<f32> {
        match self {
            Self::SimpleValue(value) => Some(*value),
            Self::Tensor(tensor) => tensor.scalar(),
        }
    }
}

impl Tensor {
    fn scalar(&self) -> Option<f32> {
        match self.dtype {
            1 => match (self.floats.as_slice(), self.content.as_slice()) {
                ([value], []) => Some(*value),
                ([], content) => content.try_into().ok().map(f32::from_le_bytes),
                _ => None,
            },
            2 => match (self.doubles.as_slice(), self.content.as_slice()) {
                ([value], []) => Some(*value as f32),
                ([], content) => content.try_into().ok().map(|bytes| f64::from_le_bytes(bytes) as f32),
                _ => None,
            },
            _ => None,
        }
    }
}

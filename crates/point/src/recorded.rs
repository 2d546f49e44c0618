//! Append, then answer: a decision leaves when it is in the record.

use crate::Refusal;
use bytes::Bytes;
use decision::{NotRecorded, Receipt};
use http::{Response, StatusCode};
use std::time::Duration;

/// Who waits until a decision is in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordWait {
    /// The point, for so long at most, on the thread that decided.
    Here(Duration),
    /// Whoever sends the answer: it has the [`Receipt`] among its extensions, and leaves when that has answered and [`may_leave`]
    /// agrees; otherwise [`not_recorded`] goes in its place.
    InResponse,
}

impl RecordWait {
    /// The answer to a decision with this receipt.
    ///
    /// # Errors
    /// When this is where it is waited for, and the decision is not in the record.
    pub fn answer(self, receipt: Receipt, mut response: Response<Bytes>) -> Result<Response<Bytes>, Refusal> {
        match self {
            Self::InResponse => {
                response.extensions_mut().insert(receipt);
                Ok(response)
            }
            Self::Here(patience) => match receipt.wait_for(patience) {
                Err(problem) if !may_leave(&Err(problem.clone())) => Err(not_recorded(&problem)),
                _ => Ok(response),
            },
        }
    }
}

/// Whether an answer may leave: its decision is in the record, or waits in memory for the record to be written again.
pub const fn may_leave(recorded: &Result<u64, NotRecorded>) -> bool {
    matches!(recorded, Ok(_) | Err(NotRecorded::Spooled(_)))
}

/// What is sent in place of a decision that is not in the record.
pub fn not_recorded(problem: &NotRecorded) -> Refusal {
    let message = format!("the decision is {problem}");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
        .help("see what keeps the record from being written")
}

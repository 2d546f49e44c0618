use super::{Acknowledgement, Receipt, receipt};
use crate::record::NotRecorded;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(receipt: &mut Receipt, wakes: &Arc<Wakes>) -> Poll<super::Recorded> {
    Pin::new(receipt).poll(&mut Context::from_waker(&Waker::from(Arc::clone(wakes))))
}

#[test]
fn a_thread_waits_for_the_answer() {
    let (acknowledgement, receipt) = receipt();
    let answering = thread::spawn(move || acknowledgement.answer(Ok(7)));
    assert_eq!(receipt.wait_for(Duration::from_secs(60)), Ok(7));
    answering.join().unwrap();
}

#[test]
fn patience_ends() {
    let (acknowledgement, receipt) = receipt();
    assert_eq!(receipt.wait_for(Duration::from_millis(1)), Err(NotRecorded::Late));
    acknowledgement.answer(Ok(1));
    assert_eq!(receipt.wait_for(Duration::ZERO), Ok(1), "an answer that came late is still there");
}

#[test]
fn a_task_is_woken_once() {
    let (acknowledgement, mut receipt) = receipt();
    let wakes = Arc::new(Wakes::default());
    assert_eq!(poll(&mut receipt, &wakes), Poll::Pending);
    assert_eq!(poll(&mut receipt, &wakes), Poll::Pending);
    acknowledgement.answer(Err(NotRecorded::Lost("full".into())));
    assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
    assert_eq!(poll(&mut receipt, &wakes), Poll::Ready(Err(NotRecorded::Lost("full".into()))));
}

#[test]
fn all_tasks_of_a_batch_are_woken_each_once() {
    let (acknowledgements, mut receipts): (Vec<_>, Vec<_>) = (0..5).map(|_| receipt()).unzip();
    let wakes: Vec<_> = (0..4).map(|_| Arc::new(Wakes::default())).collect();
    for (receipt, wakes) in receipts.iter_mut().zip(&wakes) {
        assert_eq!(poll(receipt, wakes), Poll::Pending);
    }
    Acknowledgement::answer_all(acknowledgements.into_iter().zip((1..).map(Ok)));
    assert!(wakes.iter().all(|wakes| wakes.0.load(Ordering::SeqCst) == 1));
    for (number, (receipt, wakes)) in (1..).zip(receipts.iter_mut().zip(&wakes)) {
        assert_eq!(poll(receipt, wakes), Poll::Ready(Ok(number)));
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
    }
    assert_eq!(receipts[4].clone().wait_for(Duration::ZERO), Ok(5), "nobody had to be woken for it");
}

#[test]
fn nobody_waits_for_a_record_that_is_gone() {
    let (acknowledgement, mut receipt) = receipt();
    drop(acknowledgement);
    assert_eq!(receipt.wait_for(Duration::from_secs(60)), Err(NotRecorded::Closed));
    assert_eq!(poll(&mut receipt, &Arc::default()), Poll::Ready(Err(NotRecorded::Closed)));
}

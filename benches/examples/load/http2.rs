//! A generator of HTTP/2 requests: as many connections, each with one request under way.

use crate::arguments::Load;
use crate::http1::Turn;
use anyhow::{Result, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// Each connection sends its next request when it has the answer to the last.
pub fn closed(address: SocketAddr, load: &Load, time: Duration) -> Result<Turn> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = Rc::new(Cell::new(0));
    let body = Bytes::from(load.body.clone());
    let uri = format!("http://{address}{}", load.path);
    let started = Instant::now();
    let tasks = LocalSet::new();
    let running: Vec<_> = (0..load.connections)
        .map(|_| {
            let (body, uri, answers) = (body.clone(), uri.clone(), Rc::clone(&answers));
            tasks.spawn_local(async move {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
                let driver = tokio::task::spawn_local(connection);
                while started.elapsed() < time {
                    let request =
                        Request::post(&uri).header("content-type", "application/json").body(Full::new(body.clone()))?;
                    let response = sender.send_request(request).await?;
                    ensure!(response.status() == 200, "the answer is {}", response.status());
                    response.into_body().collect().await?;
                    answers.set(answers.get() + 1);
                }
                driver.abort();
                anyhow::Ok(())
            })
        })
        .collect();
    runtime.block_on(tasks.run_until(async {
        for task in running {
            task.await??;
        }
        anyhow::Ok(())
    }))?;
    Ok(Turn { answers: answers.get(), time: started.elapsed() })
}

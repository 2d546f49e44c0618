//! The two servers of this program.

use crate::arguments::serve_kind::Kind;
use anyhow::Result;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use point::{Caller, Point, Route, RouteClass};
use std::convert::Infallible;
use std::sync::Arc;

const ANSWER: &[u8] = br#"{"result":{"allow":true,"deny":[]}}"#;

/// Serves until the process is ended.
pub fn run(kind: Kind) -> Result<()> {
    match kind {
        Kind::Bare => bare(),
        Kind::Mounted => mounted(),
    }
}

/// What hyper's own examples do, with Tokio's usual runtime.
fn bare() -> Result<()> {
    let threads = std::thread::available_parallelism()?.get();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let serve = runtime.spawn(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                // A client that goes away is no mistake.
                let _ = builder.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
            });
        }
    });
    let ended: std::io::Result<()> = runtime.block_on(serve)?;
    Ok(ended?)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off gets the same answer; nobody is there to read it.
    let _read = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
    Ok(fixed().map(Full::new))
}

fn fixed() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(ANSWER));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

struct Fixed(Vec<Route>);

impl Point for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn routes(&self) -> &[Route] {
        &self.0
    }

    fn handle(&self, _request: Request<Bytes>, _caller: &Caller) -> Response<Bytes> {
        fixed()
    }
}

fn mounted() -> Result<()> {
    let paths = ["/v1/data/{path...}", "/v1/admit"];
    let routes = paths.into_iter().map(|path| Route::new(Method::POST, path, RouteClass::Decide));
    let routes = routes.collect::<std::result::Result<Vec<_>, _>>()?;
    let options = server::Options { addresses: vec!["127.0.0.1:0".parse()?], ..server::Options::default() };
    let server = server::Server::bind(options, vec![Arc::new(Fixed(routes))])?;
    for listening in server.listening() {
        println!("{}", listening.url);
    }
    server.run(true, || ())?;
    Ok(())
}

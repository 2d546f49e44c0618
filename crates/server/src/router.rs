//! Which point answers a request.

use http::Method;
use point::{Pattern, Point, Route, RouteClass};
use std::borrow::Cow;
use std::sync::Arc;
use thiserror::Error;

/// A route's number among all that are mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RouteId(pub(crate) usize);

/// A route and the point that answers it.
pub(crate) struct MountedRoute {
    pub(crate) route: Route,
    pub(crate) point: Arc<dyn Point>,
}

/// Two points want the same route.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the route `{route}` is wanted by `{first}` and by `{second}`")]
pub struct DuplicateRoute {
    route: String,
    first: &'static str,
    second: &'static str,
}

/// All routes, as a tree of path segments.
pub(crate) struct Router {
    routes: Vec<MountedRoute>,
    root: Node,
}

#[derive(Default)]
struct Node {
    literals: Vec<(String, Node)>,
    any: Option<Box<Node>>,
    /// Routes that end here, by method.
    here: Vec<(Method, RouteId)>,
    /// Routes of which the rest of the path is a part.
    rest: Vec<(Method, RouteId)>,
}

/// What is known about a method on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is a route.
    Route(RouteId),
    /// The path has routes of other methods.
    OtherMethods(Vec<Method>),
    /// No route has the path.
    Nothing,
}

impl Router {
    /// All routes of all points.
    pub(crate) fn new(points: &[Arc<dyn Point>]) -> Result<Self, DuplicateRoute> {
        let mut router = Self { routes: Vec::new(), root: Node::default() };
        for point in points {
            for route in point.routes() {
                router.mount(route, point)?;
            }
        }
        Ok(router)
    }

    fn mount(&mut self, route: &Route, point: &Arc<dyn Point>) -> Result<(), DuplicateRoute> {
        let id = RouteId(self.routes.len());
        let ends = self.root.ends(&route.pattern);
        if let Some((_, taken)) = ends.iter().find(|(method, _)| *method == route.method) {
            let first = self.routes.get(taken.0).map_or("", |mounted| mounted.point.name());
            return Err(DuplicateRoute { route: route.to_string(), first, second: point.name() });
        }
        ends.push((route.method.clone(), id));
        self.routes.push(MountedRoute { route: route.clone(), point: Arc::clone(point) });
        Ok(())
    }

    /// All routes by number.
    pub(crate) fn routes(&self) -> &[MountedRoute] {
        &self.routes
    }

    pub(crate) fn get(&self, id: RouteId) -> Option<&MountedRoute> {
        self.routes.get(id.0)
    }

    pub(crate) fn class(&self, id: RouteId) -> Option<RouteClass> {
        self.get(id).map(|mounted| mounted.route.class)
    }

    /// The route of `method` on a path of these segments.
    pub(crate) fn find(&self, method: &Method, path: &[Cow<'_, str>]) -> Match {
        // `HEAD` is `GET` without the body (RFC 9110, section 9.3.2).
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        let mut others = Vec::new();
        match self.root.find(asked, path, &mut others) {
            Some(id) => Match::Route(id),
            None if others.is_empty() => Match::Nothing,
            None => {
                if others.contains(&Method::GET) {
                    others.push(Method::HEAD);
                }
                others.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
                others.dedup();
                Match::OtherMethods(others)
            }
        }
    }
}

impl Node {
    /// Where the routes of `pattern` are kept.
    fn ends(&mut self, pattern: &Pattern) -> &mut Vec<(Method, RouteId)> {
        let mut node = self;
        for segment in pattern.as_str().split('/').filter(|segment| !segment.is_empty()) {
            if !segment.starts_with('{') {
                let position = node.literals.iter().position(|(literal, _)| literal == segment);
                let position = position.unwrap_or_else(|| {
                    node.literals.push((segment.to_owned(), Self::default()));
                    node.literals.len() - 1
                });
                #[expect(clippy::indexing_slicing, reason = "the position was found, or pushed, in the line above")]
                {
                    node = &mut node.literals[position].1;
                }
            } else if segment.ends_with("...}") {
                return &mut node.rest;
            } else {
                node = node.any.get_or_insert_default();
            }
        }
        &mut node.here
    }

    /// The most literal route; the methods of others with the same path are collected on the way.
    fn find(&self, method: &Method, path: &[Cow<'_, str>], others: &mut Vec<Method>) -> Option<RouteId> {
        let found = match path.split_first() {
            None => choose(&self.here, method, others),
            Some((first, below)) => {
                let literal = self.literals.iter().find(|(literal, _)| literal == first);
                let literal = literal.and_then(|(_, node)| node.find(method, below, others));
                literal.or_else(|| self.any.as_ref()?.find(method, below, others))
            }
        };
        found.or_else(|| choose(&self.rest, method, others))
    }
}

fn choose(routes: &[(Method, RouteId)], method: &Method, others: &mut Vec<Method>) -> Option<RouteId> {
    let found = routes.iter().find(|(listed, _)| listed == method).map(|(_, id)| *id);
    if found.is_none() {
        others.extend(routes.iter().map(|(listed, _)| listed.clone()));
    }
    found
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;

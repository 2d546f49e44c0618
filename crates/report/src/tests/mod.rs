mod diagnostics;
mod explain;
mod formats;
mod people;
mod schema;
mod secrets;
mod show;
mod text;

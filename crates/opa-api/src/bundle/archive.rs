//! The files of a `.tar.gz`.

use super::BundleError;
use super::files::{BundleFile, BundleFiles};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use tar::EntryType;

/// The files of an archive: at most `bytes_max` bytes and `files_max` files after decompression.
pub(crate) fn read(archive: &[u8], bytes_max: u64, files_max: usize) -> Result<BundleFiles, BundleError> {
    // Headers and padding count too: an archive of empty files is no way around the limit.
    let mut tar = tar::Archive::new(MultiGzDecoder::new(archive).take(bytes_max.saturating_add(1)));
    let files = entries(&mut tar, bytes_max, files_max);
    // What the limit cuts off looks broken.
    if files.is_err() && tar.into_inner().limit() == 0 {
        return Err(super::files::too_large(bytes_max));
    }
    files
}

fn entries<R: Read>(tar: &mut tar::Archive<R>, bytes_max: u64, files_max: usize) -> Result<BundleFiles, BundleError> {
    let broken = |error: std::io::Error| BundleError::Archive(format!("the archive cannot be read: {error}"));
    let mut files = BundleFiles::new(bytes_max, files_max);
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => continue,
            EntryType::Link | EntryType::Symlink => {
                return Err(BundleError::Archive(format!("`{name}` is a link; a bundle holds files only")));
            }
            _ => return Err(BundleError::Archive(format!("`{name}` is no file; a bundle holds files only"))),
        }
        let length = entry.size();
        files.make_room(length)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 != length {
            return Err(BundleError::Archive(format!("the archive ends inside of `{name}`")));
        }
        files.push(BundleFile { path: normal_path(&name)?, bytes })?;
    }
    Ok(files)
}

/// The name of a file inside the bundle: `a/b.rego`. `opa build` writes names with a slash in front.
pub(crate) fn normal_path(name: &str) -> Result<String, BundleError> {
    let name = name.strip_prefix("./").unwrap_or(name).trim_start_matches('/');
    let leads_out = name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_out || name.contains(['\\', '\0']) {
        return Err(BundleError::Archive(format!("`{name}` is no name of a file inside a bundle")));
    }
    Ok(name.to_owned())
}

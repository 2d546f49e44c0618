//! The commands that the documentation shows, run as shown.
//!
//! A fenced block whose information string has the word `test` is a promise: its lines that start with `$ ` are run by a
//! shell from the root of the repository, and the last one must exit with the code that `exit=N` names (0 when none
//! does). With `scratch` they run in an empty folder. A command goes on after a `\` at the end of its line, and with the lines of the
//! document that it reads: `<<'END'` takes all up to `END`.

use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::Command;

/// One block of commands.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The line of its fence, from 1.
    line: usize,
    commands: Vec<String>,
    exit: i32,
    scratch: bool,
}

/// Runs every tested block of the README and of `docs/`, with the binaries of `binaries` in reach by name.
pub fn run(root: &Path, binaries: &Path) -> Result<bool> {
    let mut pages = vec![root.join("README.md")];
    collect_pages(&root.join("docs"), &mut pages)?;
    let readme = std::fs::read_to_string(root.join("README.md")).context("could not read `README.md`")?;
    ensure!(!blocks(&readme)?.is_empty(), "`README.md` has no tested commands: mark its first block ```console test");

    let mut all_hold = true;
    for page in pages {
        let name = page.strip_prefix(root).unwrap_or(&page).display().to_string();
        let text = std::fs::read_to_string(&page).with_context(|| format!("could not read `{name}`"))?;
        for block in blocks(&text).with_context(|| name.clone())? {
            let place = format!("{name}:{}", block.line);
            match run_block(root, binaries, &block).with_context(|| place.clone())? {
                None => println!("{place}: as documented"),
                Some(problem) => {
                    println!("{place}: {problem}");
                    all_hold = false;
                }
            }
        }
    }
    Ok(all_hold)
}

fn collect_pages(folder: &Path, pages: &mut Vec<std::path::PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect_pages(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

fn blocks(text: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let Some(information) = line.trim_start().strip_prefix("```") else { continue };
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| !line.trim_start().starts_with("```"));
        let commands = commands(inside);
        let mut words = information.split_whitespace().skip(1);
        if words.next() != Some("test") {
            continue;
        }
        let mut block = Block { line: number, commands, exit: 0, scratch: false };
        for word in words {
            match word.split_once('=') {
                Some(("exit", code)) => block.exit = code.parse().with_context(|| format!("`{word}`"))?,
                None if word == "scratch" => block.scratch = true,
                _ => bail!("line {number}: `{word}` is neither `exit=N` nor `scratch`"),
            }
        }
        ensure!(!block.commands.is_empty(), "line {number}: a tested block has no line that starts with `$ `");
        blocks.push(block);
    }
    Ok(blocks)
}

/// The end of a document that a command reads.
const END: &str = "END";

/// The commands among the lines of a block; the others are what they print.
fn commands<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let (mut goes_on, mut reads) = (false, false);
    for line in lines {
        let command = line.trim_start().strip_prefix("$ ");
        match commands.last_mut() {
            Some(last) if goes_on || reads => {
                last.push('\n');
                last.push_str(line);
                reads = reads && line != END;
            }
            _ => {
                let Some(command) = command else { continue };
                commands.push(command.trim_end().to_owned());
                reads = command.contains(&format!("<<'{END}'"));
            }
        }
        goes_on = !reads && line.ends_with('\\');
    }
    commands
}

/// What is not as documented.
fn run_block(root: &Path, binaries: &Path, block: &Block) -> Result<Option<String>> {
    let scratch = binaries.join("documented-commands");
    if block.scratch {
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch)?;
        }
        std::fs::create_dir_all(&scratch)?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&path)))?;
    let output = Command::new("sh")
        .current_dir(if block.scratch { &scratch } else { root })
        .env("PATH", path)
        .args(["-c", &block.commands.join("\n")])
        .output()
        .context("could not run `sh`")?;
    let got = output.status.code();
    // What stops a command is said on standard error.
    let spoke = !output.stdout.is_empty() || (block.exit == 2 && !output.stderr.is_empty());
    if got == Some(block.exit) && spoke {
        return Ok(None);
    }
    let shown = [output.stdout, output.stderr].concat();
    let got = got.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exited with {code}"));
    Ok(Some(format!("{got}, documented is {}, with output\n{}", block.exit, String::from_utf8_lossy(&shown))))
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks, run_block};
    use std::path::Path;

    fn block(commands: &[&str], exit: i32, scratch: bool) -> Block {
        Block { line: 1, commands: commands.iter().map(|&c| c.to_owned()).collect(), exit, scratch }
    }

    #[test]
    fn only_blocks_marked_as_tested_are_promises() {
        let text =
            "```console test exit=1\n$ a b\noutput\n$ c\n```\n```console\n$ d\n```\n```sh test scratch\n$ e\n```\n";
        let mut expected = [block(&["a b", "c"], 1, false), block(&["e"], 0, true)];
        expected[1].line = 9;
        assert_eq!(blocks(text).unwrap(), expected);
    }

    #[test]
    fn commands_go_on() {
        let text = "```console test\n$ cat <<'END'\n\t$ a\nEND\nprinted\n$ b \\\n    c\nprinted\n$ d\n```\n";
        let expected = block(&["cat <<'END'\n\t$ a\nEND", "b \\\n    c", "d"], 0, false);
        assert_eq!(blocks(text).unwrap(), [expected]);
    }

    #[test]
    fn a_promise_that_cannot_be_read_is_an_error() {
        assert!(blocks("```console test exit=one\n$ a\n```\n").is_err());
        assert!(blocks("```console test sratch\n$ a\n```\n").is_err());
        assert!(blocks("```console test\na\n```\n").is_err());
    }

    #[test]
    fn exit_codes_and_silence_are_noticed() {
        let folder = std::env::temp_dir();
        let run = |commands: &[&str], exit| run_block(Path::new("/"), &folder, &block(commands, exit, false)).unwrap();
        assert_eq!(run(&["echo a", "exit 1"], 1), None);
        assert!(run(&["echo a", "exit 2"], 1).unwrap().contains("exited with 2, documented is 1"));
        assert_eq!(run(&["echo a >&2", "exit 2"], 2), None);
        assert!(run(&["echo a >&2", "exit 1"], 1).is_some(), "a refusal is an answer, and stands on standard output");
        assert!(run(&["true"], 0).is_some(), "a documented command that prints nothing did nothing");
    }
}

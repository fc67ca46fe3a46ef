//! `rungs note`: what people say of a run beside its settings: a note, tags, pinned or archived.

use clap::Args;
use serde_json::json;

use crate::domain::annotation::{self, Annotation, Remark, Word};
use crate::domain::text::harmless;
use crate::store::Root;

use super::output::{print, print_json};
use super::{Failure, RunArgs, now};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct NoteArgs {
    #[command(flatten)]
    run: RunArgs,
    /// A note in place of the one before; an empty one takes it away.
    text: Option<String>,
    /// Give it a tag: a word to find it by, as in `rungs ls --filter tag:baseline`.
    #[arg(long, value_name = "WORD")]
    tag: Vec<String>,
    /// Take a tag away.
    #[arg(long, value_name = "WORD")]
    untag: Vec<String>,
    /// Keep it at the top of lists.
    #[arg(long, conflicts_with = "unpin")]
    pin: bool,
    /// No longer.
    #[arg(long)]
    unpin: bool,
    /// Leave it out of lists, until a filter asks for `archived:true`.
    #[arg(long, conflicts_with = "unarchive")]
    archive: bool,
    /// No longer.
    #[arg(long)]
    unarchive: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(root: &Root, args: &NoteArgs) -> Result<(), Failure> {
    let summary = args.run.find(root)?.summary()?;
    let remark = |word| Remark { time: now(), run: summary.id.clone(), created: summary.created, word };
    let remarks: Vec<Remark> = words(args)?.into_iter().map(remark).collect();
    let file = root.annotations();
    if !remarks.is_empty() {
        file.append(&remarks)?;
    }
    let annotations = file.read()?;
    let annotation = annotations.of(&summary).cloned().unwrap_or_default();
    if args.json {
        return print_json(&json!({ "id": summary.id, "annotation": annotation }));
    }
    let said = text(&annotation);
    let said = if said.is_empty() { "nothing is noted of it\n".to_owned() } else { said };
    print(&format!("{}: {said}", harmless(&summary.id.0)))
}

/// What the arguments say.
fn words(args: &NoteArgs) -> Result<Vec<Word>, Failure> {
    let tag = |text: &String| annotation::tag(text).map_err(Failure::Input);
    let mut words: Vec<Word> = args.text.iter().map(|text| Word::Note(text.trim().to_owned())).collect();
    for text in &args.tag {
        words.push(Word::Tag(tag(text)?));
    }
    for text in &args.untag {
        words.push(Word::Untag(tag(text)?));
    }
    let switches = [
        (args.pin, Word::Pin(true)),
        (args.unpin, Word::Pin(false)),
        (args.archive, Word::Archive(true)),
        (args.unarchive, Word::Archive(false)),
    ];
    words.extend(switches.into_iter().filter(|(is, _)| *is).map(|(_, word)| word));
    Ok(words)
}

/// What is said of a run, in a line or two; empty: nothing.
pub(super) fn text(annotation: &Annotation) -> String {
    let Annotation { note, tags, pinned, archived } = annotation;
    let mut parts: Vec<String> = tags.iter().map(|tag| format!("#{}", harmless(tag))).collect();
    parts.extend(
        [(*pinned, "pinned"), (*archived, "archived")]
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| word.to_owned()),
    );
    let mut text = parts.join(" ");
    if !note.is_empty() {
        let gap = if text.is_empty() { "" } else { "  " };
        text += &format!("{gap}{}", harmless(note));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

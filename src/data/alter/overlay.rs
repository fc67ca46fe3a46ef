//! Pictures from a folder laid over training examples: whatever the target shows and the training data do not, such as
//! scratches, shadows, raindrops on a lens. Where a picture is transparent the example shows through.

use std::fs;
use std::path::{Path, PathBuf};

use image::{RgbaImage, imageops};
use rayon::prelude::*;

use super::Picture;
use crate::data::error::DataError;
use crate::data::picture;
use crate::data::random::Stream;

/// No folder needs more pictures than this to be laid over others.
const MOST: usize = 10_000;
/// Pictures are kept so much larger than the examples, so that each can be laid in many ways.
const ROOM: f32 = 1.25;
/// Folders in folders, at most so deep.
const MAX_DEPTH: usize = 6;

/// The pictures of one folder, brought to a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::data) struct Overlays {
    channels: usize,
    height: usize,
    width: usize,
    /// For each picture its planes, then a plane of how opaque it is.
    pictures: Vec<Vec<u8>>,
}

/// Whether there is a folder.
///
/// # Errors
/// There is none.
pub(in crate::data) fn check(folder: &Path, key: &str) -> Result<(), DataError> {
    if folder.is_dir() { Ok(()) } else { Err(missing(folder, key, "(a folder)")) }
}

fn missing(folder: &Path, key: &str, what: &'static str) -> DataError {
    let remedy = "name a folder of pictures that are to be laid over training examples".to_owned();
    DataError::Missing { key: key.to_owned(), path: folder.to_path_buf(), what, remedy }
}

impl Overlays {
    /// Reads a folder's pictures for examples of a size, on all cores; also says what could not be read.
    ///
    /// # Errors
    /// No folder, or no picture in it that can be read.
    pub(in crate::data) fn load(
        folder: &Path,
        key: &str,
        picture: Picture,
    ) -> Result<(Self, Option<String>), DataError> {
        check(folder, key)?;
        let mut files = Vec::new();
        walk(folder, 0, &mut files);
        files.sort();
        files.truncate(MOST);
        let large = |side: usize| ((side as f32 * ROOM).ceil() as usize).max(1);
        let (height, width) = (large(picture.height), large(picture.width));
        let channels = if picture.channels == 3 { 3 } else { 1 };
        let read: Vec<Result<Vec<u8>, String>> =
            files.par_iter().map(|file| planes(file, channels, height, width)).collect();
        let failures: Vec<&PathBuf> =
            files.iter().zip(&read).filter(|(_, read)| read.is_err()).map(|(file, _)| file).collect();
        let note = failures.first().map(|first| {
            format!("{key}: {} pictures cannot be read and are left out, such as {}.", failures.len(), first.display())
        });
        let pictures: Vec<Vec<u8>> = read.into_iter().flatten().collect();
        if pictures.is_empty() {
            return Err(missing(folder, key, "with a picture that can be read"));
        }
        Ok((Self { channels, height, width, pictures }, note))
    }

    /// Lays one of them over a picture of numbers from 0 to 1: which, where and which way round is drawn. `amount` is how
    /// much of the example it hides where it is opaque.
    pub(super) fn lay(&self, picture: Picture, amount: f32, stream: &mut Stream, numbers: &mut [f32]) {
        let Picture { height, width, .. } = picture;
        let planes = &self.pictures[stream.below(self.pictures.len())];
        let (top, left) = (stream.below(self.height - height + 1), stream.below(self.width - width + 1));
        let mirrored = stream.chance(0.5);
        let plane = self.height * self.width;
        let opaque = &planes[self.channels * plane..];
        for (channel, numbers) in numbers.chunks_exact_mut(height * width).enumerate() {
            let own = &planes[channel.min(self.channels - 1) * plane..][..plane];
            for (row, line) in numbers.chunks_exact_mut(width).enumerate() {
                let start = (top + row) * self.width + left;
                for (column, number) in line.iter_mut().enumerate() {
                    let from = start + if mirrored { width - 1 - column } else { column };
                    let share = amount * f32::from(opaque[from]) / 255.0;
                    *number += share * (f32::from(own[from]) / 255.0 - *number);
                }
            }
        }
    }
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => walk(&path, depth + 1, files),
            Ok(kind) if !kind.is_dir() && picture::is_named_so(&path) => files.push(path),
            _ => {}
        }
    }
}

/// A picture's planes, cropped to the proportions that are wanted.
fn planes(file: &Path, channels: usize, height: usize, width: usize) -> Result<Vec<u8>, String> {
    let image = picture::open(file)?;
    let fitted = image.resize_to_fill(width as u32, height as u32, imageops::FilterType::Triangle);
    let pixels: RgbaImage = fitted.into_rgba8();
    let mut planes = Vec::with_capacity((channels + 1) * height * width);
    for channel in 0..channels {
        planes.extend(pixels.pixels().map(|pixel| {
            let [red, green, blue, _] = pixel.0;
            if channels == 1 { picture::luma([red, green, blue]) } else { pixel.0[channel] }
        }));
    }
    planes.extend(pixels.pixels().map(|pixel| pixel.0[3]));
    Ok(planes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::Purpose;
    use image::Rgba;

    const PICTURE: Picture = Picture { channels: 3, height: 8, width: 6 };

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        let whole = RgbaImage::from_pixel(20, 20, Rgba([255, 0, 0, 255]));
        whole.save(folder.path().join("deep/red.png")).unwrap();
        RgbaImage::from_pixel(9, 30, Rgba([0, 0, 255, 0])).save(folder.path().join("clear.png")).unwrap();
        fs::write(folder.path().join("broken.png"), b"no picture").unwrap();
        fs::write(folder.path().join("notes.txt"), b"").unwrap();
        folder
    }

    #[test]
    fn pictures_hide_what_they_cover_and_transparent_ones_nothing() {
        let folder = folder();
        let (overlays, note) = Overlays::load(folder.path(), "k", PICTURE).unwrap();
        assert!(note.unwrap().contains("1 pictures cannot be read"));
        assert_eq!(overlays.pictures.len(), 2);
        let mut seen = [0, 0];
        for seed in 0..60 {
            let mut numbers = vec![0.5; 3 * 48];
            overlays.lay(PICTURE, 0.6, &mut Stream::new(Purpose::Pattern, &[seed]), &mut numbers);
            let red = (numbers[0] - 0.8).abs() < 1e-3 && (numbers[48] - 0.2).abs() < 1e-3;
            assert!(red || numbers.iter().all(|number| (number - 0.5).abs() < 1e-3), "{:?}", &numbers[..3]);
            seen[usize::from(red)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 15), "{seen:?}");
    }

    #[test]
    fn a_folder_without_pictures_is_refused_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |path: &Path| Overlays::load(path, "data.synthesize.0.path", PICTURE).unwrap_err().to_string();
        for message in [problem(folder.path()), problem(&folder.path().join("nowhere"))] {
            assert!(message.starts_with("data.synthesize.0.path: there is no "), "{message}");
        }
    }
}

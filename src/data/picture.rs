//! One picture file, decoded within bounds: whoever made the file, it takes no more memory than this, and no panic.

use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

/// Ends of names that pictures have.
pub(super) const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];
/// A picture with a longer side than this, or one that takes more memory to decode, is not read.
const MAX_SIDE: u32 = 16_384;
const MAX_DECODED: u64 = 512 << 20;

/// Whether a file is a picture by its name.
pub(super) fn is_named_so(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
}

/// The picture, upright; else why not.
pub(super) fn open(path: &Path) -> Result<DynamicImage, String> {
    if !path.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE || decoder.total_bytes() > MAX_DECODED {
        return Err(format!("{width}×{height} pixels are too many"));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// How bright a pixel is: luma of Rec. 601, as Pillow has it.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16) as u8
}

package io.winnow.data;

import io.winnow.tensor.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Image files to pixels, as Pillow's {@code open(...).convert("RGB")} gives them: JPEG, PNG, GIF,
 * BMP and WebP equal it bit for bit (a test compares them).
 *
 * <ul>
 *   <li>greyscale is tripled, palettes are looked up, CMYK is converted by Pillow's formula;
 *   <li>alpha is dropped without compositing;
 *   <li>16-bit channels keep their upper 8 bits (Pillow clips 16-bit greyscale to white instead);
 *   <li>the orientation tag of EXIF is ignored;
 *   <li>of an animation the first frame is taken.
 * </ul>
 *
 * OpenCV decodes; what it cannot read (CMYK, some TIFF) goes to ImageIO with TwelveMonkeys'
 * readers.
 */
public final class ImageDecoder {
  private ImageDecoder() {}

  /**
   * Decodes one file.
   *
   * @param maxPixels limit on width times height, compared with the header before anything is
   *     decoded
   * @throws BadImageException when the file is undecodable, truncated or larger than the limit
   */
  public static Image decode(byte[] encoded, long maxPixels) throws BadImageException {
    ImageHeader header = ImageHeader.read(encoded);
    if (header.format() == ImageHeader.Format.OTHER) {
      return withImageIo(encoded, maxPixels);
    }
    requireSmall(header.width(), header.height(), maxPixels);
    if (header.format() == ImageHeader.Format.JPEG && header.components() == 4) {
      return CmykJpeg.decode(encoded);
    }
    Image image =
        header.format() == ImageHeader.Format.GIF
            ? gif(encoded, header, maxPixels)
            : withOpenCv(encoded);
    return image == null ? withImageIo(encoded, maxPixels) : image;
  }

  /**
   * OpenCV blanks the transparent pixels of a GIF, where Pillow shows their palette colour; ImageIO
   * keeps it, but gives a first frame that is smaller than the screen without its surroundings.
   */
  private static Image gif(byte[] encoded, ImageHeader header, long maxPixels)
      throws BadImageException {
    Image frame = withImageIo(encoded, maxPixels);
    boolean whole = frame.width() == header.width() && frame.height() == header.height();
    return whole ? frame : withOpenCv(encoded);
  }

  private static void requireSmall(long width, long height, long maxPixels)
      throws BadImageException {
    if (width * height > maxPixels) {
      throw new BadImageException(
          "too large: %d x %d pixels, at most %d are allowed (dataset.maxPixels)"
              .formatted(width, height, maxPixels));
    }
  }

  /** Pictures are decoded side by side, each by the thread that asks: OpenCV's own pool rests. */
  private static final class OpenCv {
    private static final int FLAGS =
        opencv_imgcodecs.IMREAD_COLOR_RGB | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;

    static {
      opencv_core.setNumThreads(1);
    }

    static Mat decoded(Mat file) {
      return opencv_imgcodecs.imdecode(file, FLAGS);
    }
  }

  /** Null where OpenCV cannot read the file. */
  private static Image withOpenCv(byte[] encoded) {
    try (Scope scope = Scope.open()) {
      Mat file = new Mat(1, encoded.length, opencv_core.CV_8UC1, new BytePointer(encoded));
      Mat pixels = OpenCv.decoded(file);
      if (pixels.empty() || pixels.type() != opencv_core.CV_8UC3 || !pixels.isContinuous()) {
        return null;
      }
      byte[] rgb = new byte[pixels.rows() * pixels.cols() * 3];
      pixels.data().get(rgb);
      return new Image(pixels.cols(), pixels.rows(), rgb);
    } catch (RuntimeException e) {
      // OpenCV throws on some damaged files and returns nothing on others.
      return null;
    }
  }

  private static Image withImageIo(byte[] encoded, long maxPixels) throws BadImageException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new BadImageException("no known image format");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        requireSmall(reader.getWidth(0), reader.getHeight(0), maxPixels);
        return BufferedImages.rgb(reader.read(0));
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      throw BadImageException.undecodable(e);
    }
  }
}

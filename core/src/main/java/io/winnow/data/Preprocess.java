package io.winnow.data;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * From a decoded picture to the input of an encoder's network: resize, crop, scale. Part of what an
 * encoder is: the same weights behind another resize are another encoder, so {@link #identity()}
 * belongs in its record. Safe for use by several threads at once.
 *
 * <p>The named pipelines equal those of the reference implementations; encoders that take pictures
 * in their native size use {@link #nativeSize}.
 */
public final class Preprocess {
  /** Brings a picture to bytes, [3, S] row by row. */
  @FunctionalInterface
  private interface Bytes {
    void of(Image image, PillowResize.Row sink);
  }

  /** Brings one plane of a picture to levels 0 to 255, [S, S]. */
  @FunctionalInterface
  private interface Levels {
    float[] of(float[] plane, int width, int height);
  }

  private final String identity;
  private final int side;
  private final Normalise normalise;
  private final float[] table; // [3, 256]
  private final Bytes bytes;
  private final Levels levels;

  private Preprocess(String identity, int side, Normalise normalise, Bytes bytes, Levels levels) {
    this.identity = identity + "; " + normalise.describe();
    this.side = side;
    this.normalise = normalise;
    this.table = normalise.table();
    this.bytes = bytes;
    this.levels = levels;
  }

  /** Names of the pipelines of {@link #named}, in alphabetical order. */
  public static List<String> names() {
    return List.of(
        "adm_center_crop_256",
        "adm_center_crop_64",
        "clean_fid_299",
        "clip_openai_224",
        "cmmd_336",
        "dinov2_224",
        "dinov2_224_clean",
        "instance_selection_224",
        "instance_selection_299",
        "pytorch_fid_299",
        "torch_fidelity_299",
        "tv_inception_v3",
        "tv_resnet50_v2",
        "tv_resnet_v1");
  }

  /**
   * A reference implementation's pipeline.
   *
   * @throws IllegalArgumentException listing the names, when there is none of this name
   */
  public static Preprocess named(String name) {
    return switch (name) {
      case "adm_center_crop_64" -> adm(64);
      case "adm_center_crop_256" -> adm(256);
      case "clean_fid_299" -> floats(name, 299, Normalise.TENSORFLOW);
      case "clip_openai_224" -> shortSide(name, Filter.BICUBIC, 224, 224, Normalise.CLIP);
      case "cmmd_336" -> cmmd(336);
      case "dinov2_224" -> squeezed(224);
      case "dinov2_224_clean" -> floats(name, 224, Normalise.IMAGENET);
      case "instance_selection_224" ->
          bilinear(name, 224, Bilinear.ALIGN_CORNERS, Normalise.IMAGENET);
      case "instance_selection_299" ->
          bilinear(name, 299, Bilinear.ALIGN_CORNERS, Normalise.IMAGENET);
      case "pytorch_fid_299" -> bilinear(name, 299, Bilinear.HALF_PIXEL, Normalise.SIGNED);
      case "torch_fidelity_299" -> bilinear(name, 299, Bilinear.TENSORFLOW_1, Normalise.TENSORFLOW);
      case "tv_inception_v3" -> shortSide(name, Filter.BILINEAR, 342, 299, Normalise.IMAGENET);
      case "tv_resnet50_v2" -> shortSide(name, Filter.BILINEAR, 232, 224, Normalise.IMAGENET);
      case "tv_resnet_v1" -> shortSide(name, Filter.BILINEAR, 256, 224, Normalise.IMAGENET);
      default ->
          throw new IllegalArgumentException(
              "preprocess: no pipeline named %s; expected one of %s"
                  .formatted(name, String.join(", ", names())));
    };
  }

  /**
   * Pictures as they are, scaled to [0, 1] and normalised per channel.
   *
   * @param side that every picture must have
   * @param mean per channel, of values in [0, 1]
   * @param std per channel
   */
  public static Preprocess nativeSize(int side, double[] mean, double[] std) {
    return ofBytes(
        "native_" + side,
        side,
        Normalise.of(255, mean, std),
        (image, sink) -> rows(requireSquare(image, side), sink));
  }

  private static Image requireSquare(Image image, int side) {
    if (image.width() != side || image.height() != side) {
      throw new IllegalArgumentException(
          "preprocess: %d x %d pixels, expected %d x %d. Resize the images, or use an encoder that does."
              .formatted(image.width(), image.height(), side, side));
    }
    return image;
  }

  private static Window whole(int side) {
    return new Window(0, 0, side, side);
  }

  private static void rows(Image image, PillowResize.Row sink) {
    int width = image.width();
    int[] levels = new int[3 * width];
    for (int y = 0, at = 0; y < image.height(); y++) {
      for (int x = 0; x < width; x++, at += 3) {
        levels[x] = image.rgb()[at] & 0xFF;
        levels[width + x] = image.rgb()[at + 1] & 0xFF;
        levels[2 * width + x] = image.rgb()[at + 2] & 0xFF;
      }
      sink.accept(y, levels);
    }
  }

  private static Preprocess ofBytes(String identity, int side, Normalise normalise, Bytes bytes) {
    return new Preprocess(identity, side, normalise, bytes, null);
  }

  private static Preprocess shortSide(
      String name, Filter filter, int shortSide, int crop, Normalise normalise) {
    ShortSideResize resize = new ShortSideResize(filter, shortSide, crop);
    return ofBytes(
        "%s: Pillow %s uint8, short side %d; centre %d".formatted(name, filter, shortSide, crop),
        crop,
        normalise,
        resize::rows);
  }

  private static Preprocess adm(int side) {
    AdmCenterCrop crop = new AdmCenterCrop(side);
    return ofBytes(
        "adm_center_crop_" + side,
        side,
        Normalise.ADM,
        (image, sink) -> rows(crop.apply(image), sink));
  }

  private static Preprocess cmmd(int side) {
    PillowResize resize = new PillowResize(Filter.BICUBIC);
    return ofBytes(
        "cmmd_%d: centre square; Pillow BICUBIC uint8".formatted(side),
        side,
        Normalise.CLIP,
        (image, sink) -> {
          int square = Math.min(image.width(), image.height());
          Window centre = Window.centreFloor(image.width(), image.height(), square);
          resize.rows(centre.of(image), side, side, whole(side), sink);
        });
  }

  private static Preprocess squeezed(int side) {
    PillowResize resize = new PillowResize(Filter.BICUBIC);
    return ofBytes(
        "dinov2_%d: Pillow BICUBIC uint8, aspect not kept".formatted(side),
        side,
        Normalise.IMAGENET,
        (image, sink) -> resize.rows(image, side, side, whole(side), sink));
  }

  /** clean-fid's resize: floats, not rounded, clipped to [0, 255] at the end. */
  private static Preprocess floats(String name, int side, Normalise normalise) {
    PillowResize resize = new PillowResize(Filter.BICUBIC);
    return new Preprocess(
        name + ": Pillow BICUBIC float32, clipped",
        side,
        normalise,
        null,
        (plane, width, height) -> {
          float[] resized = resize.floats(plane, width, height, side, side);
          for (int i = 0; i < resized.length; i++) {
            resized[i] = Math.min(255, Math.max(0, resized[i]));
          }
          return resized;
        });
  }

  private static Preprocess bilinear(
      String name, int side, Bilinear convention, Normalise normalise) {
    return new Preprocess(
        name + ": bilinear " + convention,
        side,
        normalise,
        null,
        (plane, width, height) ->
            width == side && height == side
                ? plane
                : convention.plane(plane, width, height, side, side));
  }

  /** Name and every setting, stable between versions: part of an encoder's identity. */
  public String identity() {
    return identity;
  }

  /** S, the side of the result in pixels. */
  public int side() {
    return side;
  }

  /** One picture as [3, S, S], float32, CPU; belongs to the caller's scope. */
  public Tensor apply(Image image) {
    return batch(List.of(image)).squeeze(0);
  }

  /** Pictures of any sizes as [B, 3, S, S], float32, CPU; belongs to the caller's scope. */
  public Tensor batch(List<Image> images) {
    Tensor batch =
        torch.empty(
            new long[] {images.size(), 3, side, side},
            new TensorOptions(torch.ScalarType.Float),
            null);
    FloatPointer data = batch.data_ptr_float();
    float[] input = new float[3 * side * side];
    for (int b = 0; b < images.size(); b++) {
      into(images.get(b), input);
      data.position((long) b * input.length).put(input);
    }
    return batch;
  }

  /**
   * One picture into an array.
   *
   * @param input receives [3, S, S]
   */
  public void into(Image image, float[] input) {
    if (bytes != null) {
      bytes.of(image, (y, levels) -> scaled(levels, y, input));
    } else {
      fromLevels(image, input);
    }
  }

  /** One row of levels, [3, S], into its place in the three planes. */
  private void scaled(int[] levels, int y, float[] input) {
    for (int c = 0; c < 3; c++) {
      int to = (c * side + y) * side;
      int from = c * side;
      int first = c * 256;
      for (int x = 0; x < side; x++) {
        input[to + x] = table[first + levels[from + x]];
      }
    }
  }

  private void fromLevels(Image image, float[] input) {
    byte[] rgb = image.rgb();
    for (int c = 0; c < 3; c++) {
      float[] plane = new float[image.width() * image.height()];
      for (int p = 0, at = c; p < plane.length; p++, at += 3) {
        plane[p] = rgb[at] & 0xFF;
      }
      float[] resized = levels.of(plane, image.width(), image.height());
      for (int p = 0, to = c * resized.length; p < resized.length; p++, to++) {
        input[to] = normalise.of(resized[p], c);
      }
    }
  }
}

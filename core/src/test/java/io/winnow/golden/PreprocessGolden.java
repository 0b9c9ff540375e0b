package io.winnow.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.data.AdmCenterCrop;
import io.winnow.data.Filter;
import io.winnow.data.Image;
import io.winnow.data.Interpolate;
import io.winnow.data.PillowResize;
import io.winnow.data.Preprocess;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Resizing, cropping and the input pipelines of the encoders. */
final class PreprocessGolden {
  private PreprocessGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "preprocess", PreprocessGolden::preprocess,
        "pillow_resize", PreprocessGolden::pillowResize,
        "interpolate", PreprocessGolden::interpolate,
        "adm_center_crop", PreprocessGolden::admCenterCrop);
  }

  private static void preprocess(Fixture fixture) {
    Preprocess preprocess = Preprocess.named(fixture.config().get("name").asText());
    for (String output : fixture.outputs()) {
      if (output.contains("_")) {
        continue;
      }
      Tensor input = preprocess.apply(picture(fixture, output)); // [3, S, S]
      int stride = fixture.config().get("stride").get(output).asInt();
      fixture.compare(output, strided(strided(input, 1, stride), 2, stride));
      fixture.compare(output + "_mean", input.to(torch.ScalarType.Double).flatten(1, 2).mean(1));
      fixture.compare(output + "_shape", Tensors.of(input.shape(), 3));
    }
  }

  private static Tensor strided(Tensor x, int dim, int stride) {
    return x.index_select(
        dim,
        torch
            .arange(new Scalar(0), new Scalar(x.size(dim)), new Scalar(stride))
            .to(torch.ScalarType.Long));
  }

  /** A stored picture, or one that the fill rule makes. */
  static Image picture(Fixture fixture, String name) {
    if (fixture.has("in." + name)) {
      return picture(fixture.in(name));
    }
    JsonNode fill =
        fixture.config().get("fill_images").get(Integer.parseInt(name.substring("image".length())));
    int height = fill.get("height").asInt();
    int width = fill.get("width").asInt();
    float[] u = Fixture.fill(fill.get("name").asText(), new long[] {height, width, 3}, 1, 0);
    byte[] rgb = new byte[u.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.floor((u[i] + 1.0) * 128);
    }
    return new Image(width, height, rgb);
  }

  private static Image picture(Tensor hwc) {
    return new Image((int) hwc.size(1), (int) hwc.size(0), Tensors.bytes(hwc));
  }

  private static Tensor tensor(Image image) {
    Tensor hwc =
        torch.empty(
            new long[] {image.height(), image.width(), 3},
            new TensorOptions(torch.ScalarType.Byte),
            null);
    new BytePointer(hwc.data_ptr()).put(image.rgb());
    return hwc;
  }

  /** Output names are INPUT_FILTER_HEIGHTxWIDTH. */
  private static void pillowResize(Fixture fixture) {
    for (String output : fixture.outputs()) {
      List<String> parts = List.of(output.split("_", -1));
      Tensor in = fixture.in(parts.get(0));
      PillowResize resize = new PillowResize(Filter.valueOf(parts.get(1).toUpperCase(Locale.ROOT)));
      int[] size = size(parts.get(2));
      if (fixture.config().path("mode").asText().equals("F")) {
        float[] resized =
            resize.floats(Tensors.floats(in), (int) in.size(1), (int) in.size(0), size[1], size[0]);
        fixture.compare(output, Tensors.of(resized, size[0], size[1]));
      } else {
        fixture.compare(output, tensor(resize.uint8(picture(in), size[1], size[0])));
      }
    }
  }

  /** "25x31" is height 25, width 31. */
  private static int[] size(String text) {
    int by = text.indexOf('x');
    return new int[] {
      Integer.parseInt(text.substring(0, by)), Integer.parseInt(text.substring(by + 1))
    };
  }

  /** Output names are INPUT_VARIANT_HEIGHTxWIDTH. */
  private static void interpolate(Fixture fixture) {
    for (String output : fixture.outputs()) {
      String input = output.substring(0, output.indexOf('_'));
      int[] size = size(output.substring(output.lastIndexOf('_') + 1));
      String variant = output.substring(output.indexOf('_') + 1, output.lastIndexOf('_'));
      fixture.compare(output, interpolate(variant).apply(fixture.in(input), size[0], size[1]));
    }
  }

  private static Interpolate interpolate(String variant) {
    return switch (variant) {
      case "bilinear" -> Interpolate.BILINEAR;
      case "bilinear_corners" -> Interpolate.BILINEAR_ALIGN_CORNERS;
      case "bilinear_aa" -> Interpolate.BILINEAR_ANTIALIAS;
      case "bicubic" -> Interpolate.BICUBIC;
      case "bicubic_corners" -> Interpolate.BICUBIC_ALIGN_CORNERS;
      case "bicubic_aa" -> Interpolate.BICUBIC_ANTIALIAS;
      case "area" -> Interpolate.AREA;
      case "nearest" -> Interpolate.NEAREST;
      case "nearestexact" -> Interpolate.NEAREST_EXACT;
      case "tf1" -> Interpolate.BILINEAR_TENSORFLOW_1;
      default -> throw new IllegalArgumentException("interpolate variant " + variant);
    };
  }

  /** "img_WxH" to "crop_WxH". */
  private static void admCenterCrop(Fixture fixture) {
    AdmCenterCrop crop = new AdmCenterCrop(fixture.config().get("image_size").asInt());
    for (String output : fixture.outputs()) {
      Tensor in = fixture.in(output.replace("crop_", "img_"));
      fixture.compare(output, tensor(crop.apply(picture(in))));
    }
  }
}

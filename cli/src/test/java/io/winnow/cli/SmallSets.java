package io.winnow.cli;

import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Small sets of pictures, and weights for the smallest encoder. */
final class SmallSets {
  private SmallSets() {}

  /** {@code CLASS/00.png} and on: noise around a level that depends on the class. */
  static Path folder(Path folder, long seed, int perClass, String... classes) {
    for (int label = 0; label < classes.length; label++) {
      for (int i = 0; i < perClass; i++) {
        Path file = folder.resolve(classes[label]).resolve("%02d.png".formatted(i));
        Png.write(picture(seed, label, i, 32), file);
      }
    }
    return folder;
  }

  static Image picture(long seed, int label, int index, int side) {
    RandomStreams random = RandomStreams.of(seed);
    byte[] rgb = new byte[3 * side * side];
    for (int p = 0; p < rgb.length; p++) {
      rgb[p] = (byte) (80 * label + 80 * random.uniform("pixel", label, index, p));
    }
    return new Image(side, side, rgb);
  }

  /** Drawn weights of ResNet-20 for small images. */
  static Path weights(Path file, int depth) {
    return weights(file, depth, 7);
  }

  static Path weights(Path file, int depth, long seed) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> state = new TreeMap<>(new AkamasterResNet(depth, 10).state());
      RandomStreams random = RandomStreams.of(seed);
      state.replaceAll(
          (key, value) ->
              value.dim() < 2 ? value : random.normal(value.shape(), key).mul(new Scalar(0.1)));
      Safetensors.write(file, state, Map.of());
    }
    return file;
  }
}

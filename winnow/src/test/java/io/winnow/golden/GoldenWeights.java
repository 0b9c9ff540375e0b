package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.model.ImageClassifier;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** What the handlers of image networks share. */
final class GoldenWeights {
  private GoldenWeights() {}

  static void load(ImageClassifier net, Map<String, Tensor> from, String where) {
    load(net.state(), from, where);
  }

  static void load(Map<String, Tensor> state, Map<String, Tensor> from, String where) {
    try (NoGradGuard guard = new NoGradGuard()) {
      state.forEach(
          (k, v) -> {
            if (from.containsKey(k)) {
              v.copy_(from.get(k));
            } else {
              assertThat(k).as(where).endsWith("num_batches_tracked");
            }
          });
    }
  }

  static Map<String, Tensor> read(Path file) {
    return Safetensors.read(Path.of(file.toString().replace(".th", ".safetensors")));
  }

  /** A file of the shared folder, named from its root. */
  static Path shared(Fixture fixture, String name) {
    for (Path folder = fixture.folder().toAbsolutePath().normalize();
        folder != null;
        folder = folder.getParent()) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    return Path.of("../../shared").resolve(name);
  }

  /** Without the batch dimension where the fixture stores none. */
  static Tensor like(Tensor ours, Fixture fixture, String output) {
    return fixture.out(output).dim() == ours.dim() - 1 ? ours.squeeze(0) : ours;
  }
}

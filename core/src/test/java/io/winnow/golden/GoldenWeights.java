package io.winnow.golden;

import io.winnow.model.ImageClassifier;
import io.winnow.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What the handlers of image networks share. */
final class GoldenWeights {
  private GoldenWeights() {}

  static void load(ImageClassifier net, Map<String, Tensor> from, String where) {
    load(net.state(), from, where);
  }

  static void load(Map<String, Tensor> into, Map<String, Tensor> from, String where) {
    StateDict.load(
        into,
        from,
        where,
        StateDict.Ignore.ending("num_batches_tracked"),
        StateDict.Ignore.beginning("AuxLogits."));
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

package io.winnow.model.resnet;

import io.winnow.nn.Conv2d;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * ResNet-18 for small images: a 3x3 stem with stride 1 and no pooling, four stages of two {@link
 * BasicBlock}s (kuangliu/pytorch-cifar, Moderate-DS), under torchvision's key names. With width 64
 * the feature has 512 values; a narrower one is the cheap surrogate for small data sets.
 */
public final class CifarResNet18 extends ResNet {
  /**
   * Builds the network with unspecified weights.
   *
   * @param width channels of the first stage; 64 in the published network
   */
  public CifarResNet18(int width, int classCount) {
    super(
        new ResidualBody(
            new Conv2d(3, width, 3, 1, 1, false),
            width,
            List.of(2, 2, 2, 2),
            (in, out, stride) -> new BasicBlock(in, out, stride, Shortcut.PROJECTION)),
        "fc",
        classCount);
  }

  /** A network with the width and the number of classes that a state dict has. */
  public static CifarResNet18 like(Map<String, Tensor> state) {
    Map<String, Tensor> named = canonicalNames(state);
    return new CifarResNet18(
        StateShapes.rows(named, "conv1.weight"), StateShapes.rows(named, "fc.weight"));
  }

  /**
   * The names of kuangliu/pytorch-cifar and Moderate-DS ({@code shortcut.*}, {@code linear})
   * replaced by torchvision's ({@code downsample.*}, {@code fc}); other names stay.
   */
  public static Map<String, Tensor> canonicalNames(Map<String, Tensor> state) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    state.forEach(
        (name, tensor) ->
            renamed.put(
                name.replace(".shortcut.", ".downsample.").replaceFirst("^linear\\.", "fc."),
                tensor));
    return renamed;
  }

  /**
   * Initialises as torchvision does: convolutions N(0, 2 / (k^2 out)), norms 1 and 0, the head
   * uniform in +-1/sqrt(in). Every tensor draws from a stream of its own.
   */
  public void initialise(RandomStreams streams) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      int index = 0;
      for (Map.Entry<String, Tensor> entry : parameters().entrySet()) {
        initialise(entry.getKey(), entry.getValue(), streams, index++);
      }
      for (Map.Entry<String, Tensor> entry : buffers().entrySet()) {
        entry.getValue().fill_(new Scalar(entry.getKey().endsWith("running_var") ? 1 : 0));
      }
    }
  }

  private void initialise(String name, Tensor tensor, RandomStreams streams, int index) {
    if (tensor.dim() == 4) {
      double fanOut = tensor.size(0) * tensor.size(2) * tensor.size(3);
      Tensor normal = streams.normal(tensor.shape(), "classifier.init", index);
      tensor.copy_(normal.mul_(new Scalar(Math.sqrt(2 / fanOut))));
    } else if (name.startsWith("fc.")) {
      double bound = 1 / Math.sqrt(dimension());
      Tensor uniform = tensor.detach().cpu().contiguous();
      uniform.uniform_(
          -bound, bound, new GeneratorOptional(streams.generator("classifier.init", index)));
      tensor.copy_(uniform);
    } else {
      tensor.fill_(new Scalar(name.endsWith("weight") ? 1 : 0));
    }
  }
}

package io.winnow.model.clip;

import io.winnow.tensor.Tensors;
import java.util.Locale;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What stands between the two halves of an MLP. */
public enum Activation {
  /** x sigmoid(1.702 x), OpenAI's. */
  QUICK_GELU {
    @Override
    Tensor apply(Tensor x) {
      return x.mul(STEEPNESS).sigmoid_().mul_(x);
    }
  },
  /** The exact one, by the error function; of models trained later. */
  GELU {
    @Override
    Tensor apply(Tensor x) {
      return torch.gelu(x);
    }
  };

  private static final Scalar STEEPNESS = Tensors.constant(1.702);

  /** The name that {@code hidden_act} has in files of transformers. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  abstract Tensor apply(Tensor x);
}

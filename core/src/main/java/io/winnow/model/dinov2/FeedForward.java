package io.winnow.model.dinov2;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What every token goes through on its own, after the attention. */
public final class FeedForward extends Layer {
  /** The two forms. */
  public enum Kind {
    /** fc2(gelu(fc1 x)) with the exact GELU, four times as wide inside. */
    MLP,
    /** w3(silu(a) b) with [a, b] = w12 x; the giant model's. */
    SWIGLU
  }

  private final Function<Tensor, Tensor> body;

  FeedForward(Kind kind, int width) {
    if (kind == Kind.MLP) {
      Linear fc1 = child("fc1", new Linear(width, 4 * width));
      Linear fc2 = child("fc2", new Linear(4 * width, width));
      body = x -> fc2.forward(torch.gelu(fc1.forward(x)));
    } else {
      int inner = (4 * width * 2 / 3 + 7) / 8 * 8;
      Linear w12 = child("w12", new Linear(width, 2 * inner));
      Linear w3 = child("w3", new Linear(inner, width));
      body =
          x -> {
            Tensor both = w12.forward(x); // [B, N, 2 inner]
            Tensor gate = torch.silu(both.narrow(2, 0, inner)); // [B, N, inner]
            return w3.forward(gate.mul(both.narrow(2, inner, inner)));
          };
    }
  }

  /** {@code [B, N, D] -> [B, N, D]}. */
  Tensor forward(Tensor x) {
    return body.apply(x);
  }
}

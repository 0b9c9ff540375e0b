package io.winnow.train;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Prediction;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Embedding;
import io.winnow.nn.Layer;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Two convolutions, a class embedding and dropout: all of a U-Net's cares, small. */
public final class TinyDenoiser extends Layer implements TestNetwork {
  private static final int WIDTH = 8;

  private final Conv2d in = child("in", Conv2d.same3x3(3, WIDTH));
  private final Embedding classes; // null without classes
  private final Embedding times = child("times", new Embedding(10, WIDTH));
  private final Conv2d out = child("out", Conv2d.same3x3(WIDTH, 3));
  private final double dropout;

  /**
   * @param classCount K; 0 for an unconditional network
   */
  public TinyDenoiser(int classCount, double dropout, long seed) {
    this.classes = classCount == 0 ? null : child("classes", new Embedding(classCount + 1, WIDTH));
    this.dropout = dropout;
    RandomStreams random = RandomStreams.of(seed);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Scalar small = new Scalar(0.1);
      parameters()
          .forEach((name, p) -> p.copy_(random.normal(p.shape(), "test." + name).mul(small)));
    }
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    Tensor decade = t.floor_divide(new Scalar(100)); // [B]
    Tensor emb = times.forward(decade); // [B, WIDTH]
    if (classes != null) {
      emb = emb.add(classes.forward(condition.labels()));
    }
    Tensor h = torch.silu(in.forward(xt).add(emb.view(-1, WIDTH, 1, 1))); // [B, WIDTH, H, W]
    Tensor output = out.forward(torch.dropout(h, dropout, training())); // [B, 3, H, W]
    return Prediction.of(output);
  }
}

package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Flow matching on straight paths (Lipman et al., 2023; Liu et al., 2023): x_u = (1 - u) x0 + u eps
 * with u uniform in [0, 1), and the network predicts the velocity eps - x0. It is told the time t =
 * 1000 u, so that embeddings made for a thousand steps keep their scale; {@link OdeSampler#flow}
 * tells it the same.
 */
public final class FlowObjective implements DenoisingLoss {
  private static final Scalar TIMES = Tensors.constant(FlowPath.TIMES);
  private static final Scalar ONE = Tensors.constant(1);

  @Override
  public Tensor times(RandomStreams random, long step, long batch) {
    GeneratorOptional generator = new GeneratorOptional(random.generator("train.timestep", step));
    TensorOptions real = new TensorOptions(torch.ScalarType.Float);
    return torch.rand(new long[] {batch}, generator, real).mul(TIMES); // [B]
  }

  @Override
  public Tensor time(double level, long batch) {
    double t = level * FlowPath.TIMES;
    return torch.full(
        new long[] {batch}, new Scalar(t), new TensorOptions(torch.ScalarType.Float)); // [B]
  }

  @Override
  public Noised noised(Tensor x0, Condition condition, Tensor t, Tensor eps) {
    Tensor u = t.div(TIMES).view(-1, 1, 1, 1); // [B, 1, 1, 1]
    Tensor xt = x0.mul(u.neg().add(ONE)).add(eps.mul(u)); // [B, C, H, W]
    return new Noised(x0, xt, t, condition, eps);
  }

  @Override
  public Tensor loss(Prediction output, Noised noised) {
    Tensor velocity = noised.eps().sub(noised.x0()); // [B, C, H, W]
    return output.value().to(torch.ScalarType.Float).sub(velocity).square().mean(1, 2, 3); // [B]
  }

  @Override
  public String process() {
    return "straight paths";
  }

  @Override
  public String identity() {
    return "flow";
  }
}

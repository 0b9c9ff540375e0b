package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.model.resnet.CifarResNet18;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The classifier's training written a second time, from the formulas of torch.optim.SGD,
 * CosineAnnealingLR and CrossEntropyLoss, without the product's SGD, loss, statistics and loop:
 * only the network, its initialisation and the augmentation are shared.
 */
final class ReferenceSgd {
  private final SpiedImages images;
  private final ClassifierConfig config;
  private final CifarResNet18 network;
  private final Map<String, Tensor> momentum = new LinkedHashMap<>();
  private final double[] mean = new double[3];
  private final double[] deviation = new double[3];
  private final int steps;
  private final long seed;
  private int step;

  ReferenceSgd(SpiedImages images, int classCount, ClassifierConfig config, long seed) {
    this.images = images;
    this.config = config;
    this.seed = seed;
    network = new CifarResNet18(config.width(), classCount);
    network.initialise(RandomStreams.of(seed));
    network.train(true);
    steps = config.epochs() * ((images.size() + config.batch() - 1) / config.batch() - 1);
    statistics();
  }

  /** Means and deviations over all pixels, to four decimals. */
  private void statistics() {
    int pixels = images.size() * images.height() * images.width();
    for (int c = 0; c < 3; c++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < images.size(); i++) {
        for (int y = 0; y < images.height(); y++) {
          for (int x = 0; x < images.width(); x++) {
            double value = images.level(i, c, y, x) / 255.0;
            sum += value;
            squares += value * value;
          }
        }
      }
      double exact = sum / pixels;
      mean[c] = Math.round(exact * 1e4) / 1e4;
      deviation[c] = Math.round(Math.sqrt(squares / pixels - exact * exact) * 1e4) / 1e4;
    }
  }

  /** One update on these images. */
  void update(int[] batch) {
    try (Scope scope = Scope.open()) {
      Tensor logits = network.logits(network.features(input(batch))); // [B, K]
      Tensor logProbability = logits.log_softmax(1);
      double share = config.labelSmoothing() / logits.size(1);
      Tensor wanted = torch.full_like(logits, new Scalar(share));
      for (int i = 0; i < batch.length; i++) {
        wanted
            .select(0, i)
            .select(0, images.labels()[batch[i]])
            .add_(new Scalar(1 - config.labelSmoothing()));
      }
      logProbability.mul(wanted).sum().mul(new Scalar(-1.0 / batch.length)).backward();
      double rate = config.learningRate() * (1 + Math.cos(Math.PI * step / steps)) / 2;
      network.parameters().forEach((name, p) -> move(name, p, rate));
      step++;
    }
  }

  private void move(String name, Tensor parameter, double rate) {
    try (NoGradGuard guard = new NoGradGuard()) {
      double m = config.momentum();
      Tensor gradient = parameter.grad().add(parameter.mul(new Scalar(config.weightDecay())));
      Tensor before = momentum.get(name);
      Tensor now = before == null ? gradient.clone() : before.mul(new Scalar(m)).add(gradient);
      momentum.put(name, Scope.immortal(now));
      Tensor direction = config.nesterov() ? gradient.add(now.mul(new Scalar(m))) : now;
      parameter.sub_(direction.mul(new Scalar(rate)));
      parameter.mutable_grad().put(new Tensor());
    }
  }

  private Tensor input(int[] batch) {
    if (config.cropPadding() > 0 || config.flip()) {
      Normalization statistics =
          new Normalization(
              "by hand",
              List.of(mean[0], mean[1], mean[2]),
              List.of(deviation[0], deviation[1], deviation[2]));
      // The augmentation has a test of its own; here it counts that it is asked, with the epoch.
      return new Augmentation(
              config.cropPadding(), config.flip(), statistics, RandomStreams.of(seed))
          .apply(images.batch(batch), batch, step / (steps / config.epochs()));
    }
    int side = images.height();
    float[] values = new float[batch.length * 3 * side * side];
    int at = 0;
    for (int image : batch) {
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            values[at++] =
                (float) ((images.level(image, c, y, x) / 255.0 - mean[c]) / deviation[c]);
          }
        }
      }
    }
    return Tensors.of(values, batch.length, 3, side, side);
  }

  /** Every weight and every running statistic. */
  void compareWith(Path safetensors) {
    Map<String, Tensor> theirs = Safetensors.read(safetensors);
    assertThat(theirs.keySet()).containsExactlyInAnyOrderElementsOf(network.state().keySet());
    network
        .state()
        .forEach(
            (name, tensor) -> {
              double[] ours = Tensors.doubles(tensor);
              double[] found = Tensors.doubles(theirs.get(name));
              for (int i = 0; i < ours.length; i++) {
                assertThat(found[i]).as("%s[%d]", name, i).isCloseTo(ours[i], within(2e-4));
              }
            });
  }
}

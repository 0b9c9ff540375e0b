package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** 130 pictures, a batch of 128 and one of two, at 0.3 of a process of 40 steps. */
class LevelLossesTest {
  private static final int IMAGES = 130;
  private static final double LEVEL = 0.3;
  private static final long[] TIME = {12};
  private static final RandomStreams RANDOM = RandomStreams.of(6);
  private static final Objective OBJECTIVE =
      Objective.eps(new NoiseSchedule(new ScheduleConfig.Linear(40, 1e-3, 0.2)));

  private final PlainImages images = new PlainImages(IMAGES, 3, 1);
  private final List<Integer> asked = new ArrayList<>();

  private double[] losses(Conditioning told, Denoiser network) {
    return new LevelLosses(new Pictures(images), told, Compute.plainCpu(), RANDOM)
        .of(network, OBJECTIVE, LEVEL, asked::add);
  }

  /** The noise of the level, one for all pictures. */
  private static float[] noise() {
    try (Scope scope = Scope.open()) {
      return Tensors.floats(
          RANDOM.normal(new long[] {1, 3, 2, 4}, "losses.noise", Double.doubleToLongBits(LEVEL)));
    }
  }

  @Test
  void losses_areThoseOfEveryPictureWithItsClass_onOneNoise_byHand() {
    AffineDenoiser network = new AffineDenoiser();
    network.train(false);
    double[] found = losses(new Guidance(3, 0.5), network);
    HandMadeUpdate hand = new HandMadeUpdate(40, 1e-3, 0.2);
    for (int i = 0; i < IMAGES; i++) {
      long[] label = {images.label(i)};
      Drawn one = new Drawn(0, new int[] {i}, new int[1], images.image(i), TIME, label, noise());
      assertThat(found[i]).as("picture %d", i).isCloseTo(hand.losses(one)[0], within(1e-5));
    }
    assertThat(asked).containsExactly(0, 128);
    assertThat(network.seen).extracting(call -> call.t().length).containsExactly(128, 2);
    assertThat(network.seen).noneMatch(AffineDenoiser.Call::gradient);
  }

  @Test
  void network_thatIsToldNothing_isAskedWithoutClasses() {
    double[] found =
        losses(
            null,
            (xt, t, condition) -> {
              assertThat(condition).isEqualTo(Condition.none());
              return Prediction.of(torch.zeros_like(xt));
            });
    float[] noise = noise();
    double squares = IntStream.range(0, noise.length).mapToDouble(i -> noise[i] * noise[i]).sum();
    assertThat(found).hasSize(IMAGES);
    assertThat(Arrays.stream(found).distinct()).hasSize(1);
    assertThat(found[0]).isCloseTo(squares / noise.length, within(1e-6));
  }
}

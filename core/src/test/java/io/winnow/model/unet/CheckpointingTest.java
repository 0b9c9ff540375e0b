package io.winnow.model.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Condition;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The text-conditional U-Net in training with its activations forgotten and computed anew. */
class CheckpointingTest {
  private static final int WIDTH = 6;

  private static UNet2dCondition network() {
    UNet2dCondition net = new UNet2dCondition(TinyCondition.config(WIDTH, false).withDropout(0));
    net.initAsTorch(7);
    return net;
  }

  private static Tensor normal(String name, long... shape) {
    return RandomStreams.of(1).normal(shape, name);
  }

  private static Tensor loss(UNet2dCondition net, String images, long height, long width) {
    Condition prompts =
        Condition.ofPrompts(normal(images + " states", 2, 5, WIDTH), normal("none", 1, 5, WIDTH));
    Tensor t = Tensors.of(new long[] {3, 700}, 2);
    return net.predict(normal(images, 2, 4, height, width), t, prompts).value().square().mean();
  }

  private static void backward(UNet2dCondition net, Tensor loss) {
    loss.backward();
    net.recomputedBackward(Supplier::get);
  }

  private static Map<String, double[]> gradients(UNet2dCondition net) {
    Map<String, double[]> gradients = new LinkedHashMap<>();
    net.parameters()
        .forEach(
            (name, p) -> {
              assertThat(p.grad().defined()).as(name).isTrue();
              gradients.put(name, Tensors.doubles(p.grad()));
            });
    return gradients;
  }

  private static void assertSame(Map<String, double[]> ours, Map<String, double[]> expected) {
    assertThat(ours.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, values) -> {
          double largest = 1e-6;
          double apart = 0;
          for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
            apart = Math.max(apart, Math.abs(ours.get(name)[i] - values[i]));
          }
          assertThat(apart / largest).as(name).isLessThan(1e-5);
        });
  }

  @Test
  void gradients_ofTwoPartsOfABatch_areThoseOfTheWholeGraph_forOddSidesToo() {
    try (Scope scope = Scope.open()) {
      UNet2dCondition whole = network();
      UNet2dCondition anew = network();
      anew.checkpointing(true);
      for (UNet2dCondition net : new UNet2dCondition[] {whole, anew}) {
        backward(net, loss(net, "first", 8, 8));
        backward(net, loss(net, "second", 7, 9));
      }
      assertSame(gradients(anew), gradients(whole));
    }
  }

  @Test
  void gradients_ofTwoPassesInOneLoss_areThoseOfTheWholeGraph() {
    try (Scope scope = Scope.open()) {
      UNet2dCondition whole = network();
      UNet2dCondition anew = network();
      anew.checkpointing(true);
      for (UNet2dCondition net : new UNet2dCondition[] {whole, anew}) {
        backward(net, loss(net, "first", 8, 8).add(loss(net, "second", 8, 8)));
      }
      assertSame(gradients(anew), gradients(whole));
    }
  }

  @Test
  void forwardPass_keepsNoGraph_beforeTheLastStep() {
    try (Scope scope = Scope.open()) {
      UNet2dCondition net = network();
      net.checkpointing(true);
      loss(net, "first", 8, 8).backward();
      assertThat(net.parameters().get("conv_out.weight").grad().defined()).isTrue();
      assertThat(net.parameters().get("conv_in.weight").grad().defined()).isFalse();
      net.recomputedBackward(Supplier::get);
      assertThat(net.parameters().get("conv_in.weight").grad().defined()).isTrue();
    }
  }

  @Test
  void withoutGradients_nothingIsKept_andTheNextBackwardIsItsOwn() {
    try (Scope scope = Scope.open()) {
      UNet2dCondition net = network();
      net.checkpointing(true);
      try (NoGradGuard guard = new NoGradGuard()) {
        loss(net, "watched", 8, 8);
      }
      net.recomputedBackward(Supplier::get);
      assertThat(net.parameters().get("conv_in.weight").grad().defined()).isFalse();
    }
  }

  @Test
  void steps_areComputedAnew_inTheGivenPrecision_andLeaveNothing() {
    UNet2dCondition net = network();
    net.checkpointing(true);
    int[] computed = {0};
    long before = 0;
    for (int round = 0; round < 3; round++) {
      if (round == 1) {
        before = Pointer.totalCount();
        computed[0] = 0;
      }
      try (Scope scope = Scope.open()) {
        loss(net, "first", 8, 8).backward();
        net.recomputedBackward(
            body -> {
              computed[0]++;
              return body.get();
            });
      }
    }
    int levels = net.config().levels();
    int units = levels + 2 + 2 * levels; // with one layer per block
    assertThat(computed[0]).isEqualTo(2 * (1 + 1 + units + 2 * (levels - 1)));
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  @Test
  void dropout_isRefused() {
    UNet2dCondition net = new UNet2dCondition(TinyCondition.config(WIDTH, false).withDropout(0.1));
    assertThatThrownBy(() -> net.checkpointing(true))
        .hasMessage(
            "checkpointing is on, but dropout is 0.1; expected a network without dropout, as"
                + " published.");
    net.checkpointing(false);
  }
}

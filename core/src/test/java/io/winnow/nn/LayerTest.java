package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class LayerTest {
  /** A layer that is handed a weight and a buffer. */
  private static final class Given extends Layer {
    Given(Tensor weight, Tensor mean) {
      parameter("weight", weight);
      buffer("mean", mean);
    }
  }

  private static final class Root extends Layer {
    Root(Layer inner) {
      parameter("scale", torch.ones(1));
      child("inner", inner);
    }
  }

  @Test
  void tensors_areTheLayersAlone_andThoseOfItsChildrenAreFreedWithThem() {
    Tensor weight = torch.ones(2, 2);
    Tensor mean = torch.zeros(2);
    Root root = new Root(new Given(weight, mean));
    assertThat(weight.isNull()).isTrue();
    assertThat(mean.isNull()).isTrue();
    List<Tensor> all = new ArrayList<>(root.state().values());
    assertThat(all).hasSize(3).noneMatch(tensor -> tensor.isNull());
    root.close();
    assertThat(all).allMatch(tensor -> tensor.isNull());
  }
}

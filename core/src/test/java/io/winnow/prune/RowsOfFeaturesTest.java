package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowsOfFeaturesTest {
  private static final Features FEATURES =
      Features.of(
          new float[][] {{1, 2}, {3, 4}, {5, 6}},
          List.of("x", "y", "z"),
          new int[] {1, 0, 1},
          List.of("a", "b"),
          new EncoderIdentity("tiny", "tiny/last", "00", "none", 2));

  @Test
  void rows_areThoseOfTheFeatures_byTheirIds() {
    try (Scope scope = Scope.open()) {
      Rows rows = RowsOfFeatures.of(FEATURES, List.of("x", "y", "z"), "features");
      assertThat(rows.count()).isEqualTo(3);
      assertThat(rows.dimension()).isEqualTo(2);
      assertThat(rows.labels()).containsExactly(1, 0, 1);
      assertThat(Tensors.floats(rows.gather(new int[] {2, 0}))).containsExactly(5, 6, 1, 2);
      assertThat(rows.describe(1)).isEqualTo("y");
      Rows last = new SubRows(new UnitRows(new SharedRows(rows)), new int[] {2});
      assertThat(last.describe(0)).isEqualTo("z");
      assertThat(last.labels()).containsExactly(1);
      assertThat(HeldRows.of(last).describe(0)).isEqualTo("z");
      Rows turned = new SubRows(new SharedRows(rows), new int[] {2, 0});
      assertThat(Tensors.floats(turned.gather(new int[] {1, 0}))).containsExactly(1, 2, 5, 6);
    }
  }

  @Test
  void tensor_ofAnotherNumberOfRowsThanLabels_isRefused() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> new TensorRows(Tensors.of(new float[4], 2, 2), new int[3]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Rows features: shape [2, 2], expected [3, *]");
    }
  }

  @Test
  void featuresOfOtherSamples_areRefused() {
    assertThatThrownBy(() -> RowsOfFeatures.of(FEATURES, List.of("x", "y"), "here"))
        .hasMessage(
            "here: features of 3 images, expected 2. Was the data set changed? Encode again.");
    assertThatThrownBy(() -> RowsOfFeatures.of(FEATURES, List.of("x", "y", "w"), "here"))
        .hasMessage("here: row 2 is z, expected w. Was the data set changed? Encode again.");
  }
}

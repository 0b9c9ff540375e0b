package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.files.Json;
import org.junit.jupiter.api.Test;

class ClippedMarginsTest {
  /** {@code below} of ten margins of class 0 are below zero, none of one of class 1. */
  private static ExcessLoss below(int below) {
    ExcessLoss excess = new ExcessLoss(3, Clip.SAMPLE);
    for (int i = 0; i < 10; i++) {
      excess.add(0, i < below ? 0 : 2, 1);
    }
    excess.add(1, 2, 1);
    return excess;
  }

  private static ClippedMargins quarters(int first, int second, int third, int fourth) {
    ClippedMargins clipped = new ClippedMargins(3);
    clipped.add(below(first), 0);
    clipped.add(below(second), 0.25);
    clipped.add(below(third), 0.5);
    clipped.add(below(fourth), 0.999);
    return clipped;
  }

  @Test
  void shares_areOfEachClasssOwnMargins_andOfAll() {
    ClippedMargins clipped = quarters(1, 2, 3, 6);
    assertThat(clipped.shares()).containsExactly(12 / 40.0, 0, 0);
    assertThat(clipped.share()).isEqualTo(12 / 44.0);
    assertThat(new ClippedMargins(2).share()).isZero();
  }

  @Test
  void quarters_areOfTheCountedUpdates() {
    ClippedMargins clipped = quarters(1, 2, 3, 6);
    assertThat(clipped.quarter(0)).isEqualTo(1 / 11.0);
    assertThat(clipped.quarter(1)).isEqualTo(2 / 11.0);
    assertThat(clipped.quarter(2)).isEqualTo(3 / 11.0);
    assertThat(clipped.quarter(3)).isEqualTo(6 / 11.0);
  }

  @Test
  void share_growsWhereItRisesByATenthAndEndsAboveAHalf() {
    assertThat(quarters(1, 2, 3, 6).grows()).isTrue();
    assertThat(quarters(5, 9, 9, 6).grows()).as("5/11 to 6/11").isFalse();
    assertThat(quarters(1, 9, 9, 5).grows()).as("ends below a half").isFalse();
    assertThat(quarters(9, 1, 1, 6).grows()).as("falls").isFalse();
  }

  @Test
  void share_thatEndsAtExactlyAHalf_doesNotGrow() {
    ClippedMargins clipped = new ClippedMargins(1);
    for (double progress : new double[] {0, 0.9}) {
      ExcessLoss excess = new ExcessLoss(1, Clip.SAMPLE);
      excess.add(0, 2, 1);
      excess.add(0, progress == 0 ? 2 : 0, 1);
      clipped.add(excess, progress);
    }
    assertThat(clipped.quarter(3)).isEqualTo(0.5);
    assertThat(clipped.grows()).isFalse();
  }

  @Test
  void share_ofARunThatCountedNoFirstQuarter_doesNotGrow() {
    ClippedMargins clipped = new ClippedMargins(3);
    clipped.add(below(9), 0.8);
    assertThat(clipped.grows()).isFalse();
  }

  @Test
  void state_isACopy_andRestoredGoesOn() {
    ClippedMargins clipped = quarters(1, 2, 3, 6);
    ClippedMargins.State state = clipped.state();
    clipped.add(below(10), 0.9);
    ClippedMargins resumed = new ClippedMargins(3);
    resumed.restore(state);
    assertThat(resumed.share()).isEqualTo(12 / 44.0);
    resumed.add(below(10), 0.9);
    assertThat(Json.string(resumed.state())).isEqualTo(Json.string(clipped.state()));
    assertThat(resumed.share()).isEqualTo(22 / 55.0);
  }
}

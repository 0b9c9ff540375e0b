package io.winnow.reweight;

import io.winnow.artifact.ClassWeights.Trajectory;
import java.util.ArrayList;
import java.util.List;

/** The recorded points of a mixture. */
final class Points {
  private final int every;
  private final List<Trajectory.Row> rows = new ArrayList<>();

  /** {@code every}: updates between two points. */
  Points(int every) {
    this.every = every;
  }

  /** Records the weights after {@code step} updates, where a point is due. */
  void add(long step, double eta, double signalToNoise, double[] weights) {
    if (due(step)) {
      rows.add(new Trajectory.Row(step, eta, signalToNoise, weights));
    }
  }

  /** Whether a point is recorded after {@code step} updates. */
  boolean due(long step) {
    return step % every == 0;
  }

  List<Trajectory.Row> rows() {
    return List.copyOf(rows);
  }

  void restore(List<Trajectory.Row> points) {
    rows.clear();
    rows.addAll(points);
  }
}

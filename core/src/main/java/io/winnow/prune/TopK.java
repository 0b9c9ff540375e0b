package io.winnow.prune;

/** Keeps the max(1, floor(R m + 1/2)) largest scores; ties go to the lower row. Exact counts. */
public final class TopK implements Selection {
  @Override
  public Selected select(double[] scores, double ratio) {
    if (scores.length == 0) {
      return Selected.NOTHING;
    }
    double[] negated = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      negated[i] = -scores[i];
    }
    Selected selected = new Closest().select(negated, ratio);
    return new Selected(selected.kept(), -selected.to(), Double.POSITIVE_INFINITY);
  }
}

package io.winnow.evaluate;

import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.encode.Encoder;
import io.winnow.encode.FidEncoder;
import io.winnow.eval.InceptionScore;
import io.winnow.eval.Spread;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The Inception Score of samples by the head of the network that their features come from. */
final class InceptionScores {
  private static final int SPLITS = 10;
  private static final int LOGIT_ROWS = 1024;

  private InceptionScores() {}

  /** By the encoder's own head. */
  static Metric of(Encoder encoder, Features samples, Circumstances circumstances, long seed) {
    if (!(encoder instanceof FidEncoder inception)) {
      throw new IllegalArgumentException(
          "inception-score: encoder "
              + encoder.identity().name()
              + " has no such head; expected fid-inception.");
    }
    return of(inception::logits, samples, circumstances, seed);
  }

  /** By a head, [n, d] to [n, C], block by block. */
  static Metric of(
      UnaryOperator<Tensor> head, Features samples, Circumstances circumstances, long seed) {
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      for (long first = 0; first < samples.rows(); first += LOGIT_ROWS) {
        try (Scope block = Scope.open()) {
          int count = (int) Math.min(LOGIT_ROWS, samples.rows() - first);
          parts.push_back(block.keep(head.apply(samples.block(first, count))));
        }
      }
      int splits = (int) Math.min(SPLITS, samples.rows());
      Spread score = InceptionScore.of(torch.cat(parts, 0), splits, RandomStreams.of(seed));
      List<String> notes =
          List.of(String.format(Locale.ROOT, "std %.3g over %d splits", score.std(), splits));
      return new Metric(
          Metric.Kind.INCEPTION_SCORE,
          null,
          null,
          score.mean(),
          circumstances.seenBy(samples.encoder(), samples.rows(), 0, notes));
    }
  }
}

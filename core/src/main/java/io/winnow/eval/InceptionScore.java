package io.winnow.eval;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Inception Score (Salimans et al., 2016): exp of the mean KL divergence between p(y|x) and its
 * mean, per split; mean and population standard deviation over splits. p is the softmax of the
 * logits without the classifier's bias.
 */
public final class InceptionScore {
  private InceptionScore() {}

  /**
   * The usual protocol: shuffled rows, splits with borders floor(i N / S). Unshuffled rows that are
   * sorted by class would score too low.
   *
   * @param logits [N, C], any real dtype
   */
  public static Spread of(Tensor logits, int splits, RandomStreams streams) {
    try (Scope scope = Scope.open()) {
      int[] order = streams.permutation(Math.toIntExact(logits.size(0)), "inception-score");
      return inOrder(logits.index_select(0, Tensors.ofInts(order)), splits);
    }
  }

  /** Splits of the rows as they are. */
  public static Spread inOrder(Tensor logits, int splits) {
    long n = logits.size(0);
    if (splits < 1 || n < splits) {
      throw new IllegalArgumentException(
          "InceptionScore: "
              + n
              + " rows in "
              + splits
              + " splits; expected at least one row each. Use fewer splits.");
    }
    List<Double> scores = new ArrayList<>();
    for (long i = 0; i < splits; i++) {
      long first = i * n / splits;
      scores.add(score(logits, first, (i + 1) * n / splits - first));
    }
    return spread(scores);
  }

  /** The ADM evaluator's form: consecutive chunks of so many rows, the last one shorter. */
  public static Spread inChunks(Tensor logits, int chunk) {
    List<Double> scores = new ArrayList<>();
    for (long first = 0; first < logits.size(0); first += chunk) {
      scores.add(score(logits, first, Math.min(chunk, logits.size(0) - first)));
    }
    return spread(scores);
  }

  private static double score(Tensor logits, long first, long count) {
    try (Scope scope = Scope.open()) {
      Tensor rows = logits.detach().narrow(0, first, count).to(torch.ScalarType.Double);
      Tensor logP = torch.log_softmax(rows, 1); // [n, C]
      Tensor p = logP.exp(); // [n, C]
      Tensor meanP = p.mean(0); // [C]
      double entropyOfMean = torch.xlogy(meanP, meanP).sum().item_double();
      double meanEntropy = p.mul_(logP).sum().item_double() / count;
      return Math.exp(meanEntropy - entropyOfMean);
    }
  }

  private static Spread spread(List<Double> scores) {
    return Spread.of(scores.stream().mapToDouble(score -> score).toArray());
  }
}

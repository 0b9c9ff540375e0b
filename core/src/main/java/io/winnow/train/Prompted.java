package io.winnow.train;

import io.winnow.artifact.TextStates;
import io.winnow.config.Check;
import io.winnow.diffusion.Condition;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import java.util.List;

/**
 * Tells a network the texts of its samples, by states that were encoded before; a text that is
 * hidden is the empty one.
 */
public final class Prompted implements Conditioning {
  private final TextStates states;
  private final int[] places; // of every sample's text, [N]
  private final double dropout;
  private final String identity;

  /**
   * @param texts of the samples, [N], all of them among the states
   * @param dropout probability with which a sample's text is hidden, in [0, 1)
   */
  public Prompted(TextStates states, List<String> texts, double dropout) {
    Check.that(dropout >= 0 && dropout < 1, "promptDropout is %s, but must be in [0, 1).", dropout);
    this.states = states;
    this.places = texts.stream().mapToInt(states::place).toArray();
    this.dropout = dropout;
    this.identity =
        "texts %s by %s, dropout %s"
            .formatted(Sha256.of(Json.string(texts)), states.index().encoder(), dropout);
  }

  @Override
  public Condition of(int[] indices, int[] labels) {
    int[] at = new int[indices.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = places[indices[i]];
    }
    return Condition.ofPrompts(states.gather(at), states.gather(0));
  }

  @Override
  public double labelDropout() {
    return dropout;
  }

  @Override
  public int nullClass() {
    return 0;
  }

  @Override
  public String identity() {
    return identity;
  }
}

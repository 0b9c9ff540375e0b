package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FindingsTest {
  private static final int[] SOME = {0, 2};

  private int found;

  private String ask(Findings findings, String what, int... rows) {
    return findings.about(rows).of(what, String.class, () -> what + found++);
  }

  private int[] first(Findings findings, int count) {
    return findings
        .about(SOME)
        .first(
            "order",
            count,
            n -> {
              found++;
              return IntStream.range(0, n).toArray();
            });
  }

  @Test
  void finding_isHeld_ofTheSameQuestionAboutTheSameRows() {
    Findings findings = new Findings(9);
    assertThat(ask(findings, "a", SOME)).isEqualTo("a0");
    assertThat(ask(findings, "a", 0, 2)).isEqualTo("a0");
    assertThat(ask(findings, "a", 0, 3)).isEqualTo("a1");
    assertThat(ask(findings, "b", SOME)).isEqualTo("b2");
  }

  @Test
  void findings_thatWereUsedLast_areHeld_soManyAsAsked() {
    Findings findings = new Findings(2);
    ask(findings, "a", SOME);
    ask(findings, "b", SOME);
    ask(findings, "a", SOME);
    ask(findings, "c", SOME); // b was used before a
    assertThat(ask(findings, "a", SOME)).isEqualTo("a0");
    assertThat(ask(findings, "b", SOME)).isEqualTo("b3");
  }

  @Test
  void findings_ofWhichNoneAreHeld_areFoundEachTime() {
    Findings findings = new Findings(0);
    assertThat(ask(findings, "a", SOME)).isEqualTo("a0");
    assertThat(ask(findings, "a", SOME)).isEqualTo("a1");
  }

  @Test
  void first_takesTheBeginningOfALongerOrder_andAsksForALongerOne() {
    Findings findings = new Findings(1);
    assertThat(first(findings, 3)).containsExactly(0, 1, 2);
    assertThat(first(findings, 2)).containsExactly(0, 1);
    assertThat(first(findings, 3)).containsExactly(0, 1, 2);
    assertThat(found).isEqualTo(1);
    assertThat(first(findings, 4)).containsExactly(0, 1, 2, 3);
    assertThat(found).isEqualTo(2);
  }
}

package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImageDrawTest {
  /** Sizes of the classes, one behind the other; ids say class and number. */
  private record Sized(List<Integer> sizes, boolean backwards) implements Dataset {
    @Override
    public String name() {
      return "sized";
    }

    @Override
    public int size() {
      return sizes.stream().mapToInt(n -> n).sum();
    }

    @Override
    public List<String> classes() {
      return List.of();
    }

    private int place(int i) {
      return backwards ? size() - 1 - i : i;
    }

    @Override
    public String id(int i) {
      return "image " + place(i);
    }

    @Override
    public int label(int i) {
      int rest = place(i);
      int label = 0;
      while (rest >= sizes.get(label)) {
        rest -= sizes.get(label++);
      }
      return label;
    }

    @Override
    public byte[] encoded(int i) {
      return new byte[0];
    }

    @Override
    public Image image(int i) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private static final Sized SET = new Sized(List.of(20, 7, 3), false);

  private static int[] draw(int half, int limit, long seed) {
    return new ImageDraw("", half, limit, seed).of(SET);
  }

  private static List<Long> perClass(int[] drawn) {
    return IntStream.range(0, 3)
        .mapToObj(k -> IntStream.of(drawn).filter(i -> SET.label(i) == k).count())
        .toList();
  }

  @Test
  void everything_isTakenWithoutALimit_inOrder() {
    assertThat(draw(0, 0, 1)).containsExactly(IntStream.range(0, 30).toArray());
    assertThat(draw(0, 99, 1)).hasSize(30);
  }

  @Test
  void limit_keepsTheSharesOfTheClasses_andDrawsBySeed() {
    int[] drawn = draw(0, 15, 1);
    assertThat(drawn).hasSize(15).isSorted().doesNotHaveDuplicates();
    assertThat(perClass(drawn).get(0)).isBetween(9L, 11L);
    assertThat(perClass(drawn).get(1)).isBetween(3L, 4L);
    assertThat(perClass(drawn).get(2)).isBetween(1L, 2L);
    assertThat(draw(0, 15, 1)).isEqualTo(drawn);
    assertThat(draw(0, 15, 2)).isNotEqualTo(drawn);
  }

  /** The same images, whatever their order in the set. */
  @Test
  void images_areDrawnByTheirIds() {
    Sized backwards = new Sized(SET.sizes(), true);
    int[] drawn = draw(1, 9, 4);
    int[] other = new ImageDraw("", 1, 9, 4).of(backwards);
    assertThat(Arrays.stream(other).mapToObj(backwards::id))
        .containsExactlyInAnyOrderElementsOf(Arrays.stream(drawn).mapToObj(SET::id).toList());
  }

  /** Odd classes give their odd image to either half in turn: 7 are 3 and 4, 3 are 2 and 1. */
  @Test
  void halves_shareEveryClass_andAreTheWholeTogether() {
    int[] first = draw(1, 0, 5);
    int[] second = draw(2, 0, 5);
    assertThat(IntStream.concat(IntStream.of(first), IntStream.of(second)).sorted())
        .containsExactly(IntStream.range(0, 30).boxed().toArray(Integer[]::new));
    assertThat(perClass(first).get(0)).isEqualTo(10);
    assertThat(perClass(second).get(0)).isEqualTo(10);
    assertThat(perClass(first).get(1) + perClass(first).get(2)).isEqualTo(5);
    assertThat(perClass(first).get(1)).isBetween(3L, 4L);
  }

  @Test
  void description_saysWhatPartWasTaken() {
    assertThat(new ImageDraw("", 0, 0, 3).describe(30, 30)).isEmpty();
    assertThat(new ImageDraw("test", 2, 0, 3).describe(15, 30))
        .isEqualTo("split test, half 2 of 2, 15 of 30 images, seed 3");
    assertThatThrownBy(() -> new ImageDraw("", 3, 0, 3)).hasMessageContaining("half 3");
    assertThatThrownBy(() -> new ImageDraw("", -1, 0, 3)).hasMessageContaining("half -1");
    assertThatThrownBy(() -> new ImageDraw("", 0, -1, 3)).hasMessageContaining("limit -1");
  }
}

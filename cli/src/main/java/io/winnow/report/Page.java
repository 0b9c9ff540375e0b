package io.winnow.report;

import io.winnow.config.OrNull;
import java.util.List;
import java.util.Map;

/**
 * What the report shows, ready for the template: text is text and not yet HTML.
 *
 * @param title the run's name
 * @param summary one sentence under it
 * @param tiles headline numbers
 * @param missing panels that are left out, each with the file that it needs
 */
public record Page(
    String title, String summary, List<Tile> tiles, List<Section> sections, List<String> missing) {

  /**
   * A headline number.
   *
   * @param detail what it counts, and under which circumstances
   */
  public record Tile(String label, String value, String detail) {}

  /** A panel of the page. */
  public record Section(String id, String title, String lead, List<Block> blocks) {}

  /** A part of a panel. */
  public sealed interface Block permits Charts, Table, Pictures, Notes, Code {}

  /**
   * Charts side by side.
   *
   * @param small many small ones of one kind
   */
  public record Charts(boolean small, List<Chart> charts) implements Block {}

  /**
   * One chart; the page's script draws it.
   *
   * @param alt what a reader who cannot see it should know
   * @param data of the script's {@code kind}
   */
  public record Chart(String id, String title, String alt, String kind, Map<String, Object> data) {}

  /**
   * A table.
   *
   * @param numeric for every column, whether it holds numbers
   */
  public record Table(
      @OrNull String title, List<String> head, List<Boolean> numeric, List<List<String>> rows)
      implements Block {}

  /** Rows of pictures. */
  public record Pictures(@OrNull String title, List<PictureRow> rows) implements Block {}

  /**
   * A named row.
   *
   * @param tone {@code kept}, {@code dropped} or empty: the colour of the row's mark
   */
  public record PictureRow(String label, String tone, List<Picture> pictures) {}

  /**
   * A picture inside the page.
   *
   * @param source a data URI
   * @param caption short text below, or empty
   */
  public record Picture(String source, String alt, String caption) {}

  /**
   * Remarks.
   *
   * @param warning whether they ask for attention
   */
  public record Notes(boolean warning, List<String> lines) implements Block {}

  /** Text of a file. */
  public record Code(String title, String text) implements Block {}
}

package io.winnow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The table of ARCHITECTURE.md from the paper to the code names files and methods that exist. */
class PaperTableTest {
  private static final Path PAGE = Path.of("../ARCHITECTURE.md");
  private static final Path SOURCES = Path.of("src/main/java/io/winnow");

  @Test
  void table_namesFilesAndMethodsThatExist() throws Exception {
    Assumptions.assumeTrue(Files.exists(PAGE), "no ARCHITECTURE.md: not the repository's tree");
    String page = Files.readString(PAGE);
    int begin = page.indexOf("| in the paper |");
    List<String> rows = page.substring(begin, page.indexOf("\n\n", begin)).lines().skip(2).toList();
    assertThat(rows).hasSizeGreaterThan(15);
    for (String row : rows) {
      String[] cells = row.split(" \\| ", -1);
      StringBuilder code = new StringBuilder();
      for (String file : quoted(cells[2], "[\\w/]+\\.java")) {
        code.append(Files.readString(SOURCES.resolve(file)));
      }
      assertThat(quoted(cells[3], "\\w+")).as(row).isNotEmpty();
      for (String method : quoted(cells[3], "\\w+")) {
        assertThat(code).as(row).containsPattern("\\b" + method + "\\(");
      }
    }
  }

  private static List<String> quoted(String cell, String word) {
    return Pattern.compile("`(" + word + ")`")
        .matcher(cell)
        .results()
        .map(PaperTableTest::first)
        .toList();
  }

  private static String first(MatchResult match) {
    return match.group(1);
  }
}

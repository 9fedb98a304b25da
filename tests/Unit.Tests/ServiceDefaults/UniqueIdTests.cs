using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class UniqueIdTests
{
    [Fact]
    public void Texts_begin_differently_as_draws_need_it()
    {
        var beginnings = Enumerable.Range(0, 1000).Select(_ => UniqueId.NewText()[..7]).ToList();
        Assert.InRange(beginnings.Distinct().Count(), 990, 1000);
        Assert.Equal(16, beginnings.Select(b => b[0]).Distinct().Count());
    }

    [Fact]
    public void No_id_comes_twice_also_where_many_threads_ask()
    {
        var ids = new Guid[20_000];
        var texts = new string[20_000];
        Parallel.For(0, ids.Length, i => (ids[i], texts[i]) = (UniqueId.New(), UniqueId.NewText()));

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(texts.Length, texts.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Ids_of_one_process_are_in_the_order_of_their_making() => Assert.True(string.CompareOrdinal(UniqueId.New().ToString(), UniqueId.New().ToString()) < 0);

    [Fact]
    public void A_text_is_32_digits_that_do_not_count_up()
    {
        var texts = Enumerable.Range(0, 100).Select(_ => UniqueId.NewText()).ToArray();

        Assert.All(texts, text => Assert.Matches("^[0-9a-f]{32}$", text));
        Assert.NotEqual(texts.Order(StringComparer.Ordinal), texts);
    }
}

using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Xai;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>The list of models.</content>
public abstract partial class XaiChatContract
{
    [Fact]
    public async Task The_models_are_read_once_and_told_in_order()
    {
        Pool.Add(1, "xai-key-a");
        Assert.Equal(["grok-2-image", "grok-3-mini", "grok-4"], await ModelsAsync());
        await SettledAsync(1);
        Assert.Equal(3, (await ModelsAsync()).Count);
        Assert.Single(Grok.Requests, r => r.Surface == Surface.ApiModels);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Abandoned], await SettledAsync(2));
    }

    [Fact]
    public async Task Without_a_key_no_model_is_told()
    {
        Assert.Empty(await ModelsAsync());
        Assert.Empty(Grok.Requests);
    }

    [Fact]
    public async Task A_list_outlives_a_moment_in_which_every_key_rests_but_not_the_last_key()
    {
        Pool.Add(1, "xai-key-a");
        await ModelsAsync();
        await SettledAsync(1);
        Pool.RefuseNext(NoToken.Types.Reason.Exhausted, 5);
        Assert.Equal(3, (await ModelsAsync()).Count);
        Pool.RefuseNext(NoToken.Types.Reason.NoSuchPool, 0);
        Assert.Empty(await ModelsAsync());
    }

    [Fact]
    public async Task A_revoked_key_is_found_out_and_the_next_one_reads_the_list()
    {
        Pool.Add(1, "xai-key-a").Add(2, "xai-key-b");
        Api.ModelList.ForToken("xai-key-a").Respond(XaiRefusal.Unauthorized());
        Assert.Equal(3, (await ModelsAsync()).Count);
        Assert.Equal([LeaseOutcome.TokenInvalid, LeaseOutcome.Succeeded], (await SettledAsync(2)).OrderBy(o => o == LeaseOutcome.Succeeded));
    }

    [Theory]
    [InlineData("500")]
    [InlineData("html")]
    public async Task A_list_that_cannot_be_read_is_empty_and_blames_nobody(string trouble)
    {
        Pool.Add(1, "xai-key-a");
        Api.ModelList.ForAnyToken.Respond(Script(trouble));
        Assert.Empty(await ModelsAsync());
        Assert.Equal([LeaseOutcome.UpstreamUnavailable], await SettledAsync(1));
    }

    private async Task<IReadOnlyList<string>> ModelsAsync() => (await (await HomeAsync()).Models.ListAsync(new ListUpstreamModelsRequest { Provider = "xai" }, Cancelled)).Ids;
}

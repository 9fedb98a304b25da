using GrokForge.Contracts.Quotas;
using GrokForge.Gateway.Models;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Models;

public sealed class OfferedModelsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Upstream _upstream = new();
    private readonly OfferedModels _models;

    public OfferedModelsTests() => _models = new OfferedModels(_upstream, _time, NullLogger<OfferedModels>.Instance);

    [Fact]
    public async Task A_list_of_a_while_ago_is_not_shown_before_it_was_asked_for_anew()
    {
        _upstream.Ids = ["grok-4"];
        Assert.Equal(["xai/grok-4"], await NamesAsync());

        // The last key goes while nobody looks.
        _upstream.Ids = [];
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task An_upstream_that_is_away_for_a_moment_changes_nothing()
    {
        _upstream.Ids = ["grok-4"];
        await NamesAsync();

        _upstream.IsAway = true;
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["xai/grok-4"], await NamesAsync());
        Assert.Equal(2, _upstream.Asked);
    }

    [Fact]
    public async Task Who_looks_often_asks_once_in_30_seconds()
    {
        for (var i = 0; i < 10; i++)
            await NamesAsync();
        Assert.Equal(1, _upstream.Asked);
    }

    private ValueTask<IReadOnlyList<string>> NamesAsync() => _models.NamesAsync(TestContext.Current.CancellationToken);

    private sealed class Upstream : IUpstreamModels
    {
        public string[] Ids { get; set; } = [];

        public bool IsAway { get; set; }

        public int Asked { get; private set; }

        public Task<ListUpstreamModelsReply> ListAsync(ListUpstreamModelsRequest request, CancellationToken cancellationToken)
        {
            Asked++;
            return IsAway ? throw new RpcException(new Status(StatusCode.Unavailable, "away")) : Task.FromResult(new ListUpstreamModelsReply { Ids = { Ids } });
        }
    }
}

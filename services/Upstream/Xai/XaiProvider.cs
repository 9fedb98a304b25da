using System.Net;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.Xai;

/// <summary>Speaks to the official API, or to another one like it: the client's body goes up, the answer comes down, both as bytes that change only where they must.</summary>
internal sealed class XaiProvider(XaiClient client, TimeProvider time) : IChatProvider
{
    public string Name => "xai";

    public string AddressOf(SettingsSnapshot settings) => settings.Upstream.XaiBaseUrl;

    public Failed? Objection(ChatCall call) => call.OpenaiBody.IsEmpty ? ChatFailures.NotSupported(call.Model) : null;

    public async Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken)
    {
        var (call, lease, limits) = (attempt.Call, attempt.Lease, attempt.Limits);
        XaiResponse? response = null;
        ChatAnswer? answer = null;
        try
        {
            var body = XaiRequestBody.Of(call, lease.Route.UpstreamModel);
            var path = call.Door == ChatCall.Types.Door.Images ? XaiPath.Images : XaiPath.Chat;
            response = await client.SendAsync(attempt.Settings, lease.Secret, path, body.Bytes, limits.Token);
            if (response.Status != HttpStatusCode.OK)
                return Refuse(await XaiRefusals.ReadAsync(response, lease.Secret, time, limits), response, attempt.Settings);

            lease.UpstreamBegan();
            answer = call.Whole
                ? await XaiWhole.ReadAsync(response, call, lease.Secret, limits)
                : await XaiStream.BeginAsync(response, new XaiChunks(call.Model, body.ShowsUsage, lease.Secret), limits, cancellationToken);
            return answer;
        }
        catch (OperationCanceledException) when (limits.Passed && !cancellationToken.IsCancellationRequested)
        {
            return new RefusedAnswer(limits.Refusal());
        }
        catch (HttpRequestException e)
        {
            return new RefusedAnswer(Unreachable.Of(e, XaiClient.AddressSetting));
        }
        catch (IOException)
        {
            return new RefusedAnswer(Refusal.CutOff);
        }
        finally
        {
            if (answer is null)
                response?.Dispose();
        }
    }

    private RefusedAnswer Refuse(Refusal said, XaiResponse response, SettingsSnapshot settings)
    {
        var refusal = Refusal.OfListed((int)response.Status, said, settings);
        if (refusal.Next == NextStep.FreshConnections)
            client.Renew(response);
        return new RefusedAnswer(refusal);
    }
}

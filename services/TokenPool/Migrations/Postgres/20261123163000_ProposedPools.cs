using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.TokenPool.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class ProposedPools : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "proposed_pool",
                schema: "tokenpool",
                table: "tokens",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "proposed_pool",
                schema: "tokenpool",
                table: "tokens");
        }
    }
}
